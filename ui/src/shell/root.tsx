// What stands behind every page: the page itself, and the question who sits there when something wants to know.
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useAsked } from "~/lib/step-up";

const StepUpDialog = lazy(() => import("~/features/identity/steps/step-up"));

export function Root() {
  const asked = useAsked();
  return (
    <>
      <Outlet />
      {asked && (
        <Suspense>
          <StepUpDialog key={asked.door.kind} asked={asked} />
        </Suspense>
      )}
    </>
  );
}
