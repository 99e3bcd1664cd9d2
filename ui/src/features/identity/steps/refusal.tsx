import { Alert } from "@mantine/core";
import type { TFunction } from "i18next";
import { TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { PasskeyRefused } from "~/lib/passkey";
import { toProblem } from "~/lib/problem";

/** Why a step didn't work. Takes the focus, so that it is read out. */
export function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error) box.current?.focus();
  }, [error]);
  if (!error) return null;
  const [title, text] = worded(error, t);
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      role="alert"
      color="red"
      variant="light"
      icon={<TriangleAlert size={16} aria-hidden />}
      title={title}
    >
      {text}
    </Alert>
  );
}

function worded(error: unknown, t: TFunction): [string, string] {
  if (error instanceof PasskeyRefused) return [t("steps.passkeyTitle"), t("steps.passkeyRefused")];
  const problem = toProblem(error);
  const detail = problem.errors[0]?.message ?? problem.detail ?? "";
  // Of a sign-in the server says more exactly what is wrong than that nobody is signed in.
  if (problem.kind === "unauthenticated") return [problem.title, detail];
  const wait = problem.retryAfter === null ? "" : ` ${t("form.retryAfter", { count: problem.retryAfter })}`;
  return [problem.heading, detail + wait];
}
