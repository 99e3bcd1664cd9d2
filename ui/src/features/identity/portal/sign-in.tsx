import { useRouter, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { safeNext, USER } from "~/lib/door";
import { SignInSteps } from "../steps/sign-in-steps";

/** Of app users. */
export function UserSignIn() {
  const { t } = useTranslation();
  const router = useRouter();
  const { return_to: next } = useSearch({ from: "/auth/login" });
  return (
    <SignInSteps
      door={USER}
      title={t("portal.signIn")}
      description={next ? t("portal.again") : undefined}
      wrongHelp={t("portal.wrongHelp")}
      onDone={async () => {
        const to = pathHere(next);
        // What a proxy guards is no page of ours, so the browser goes there itself.
        if (to === safeNext(to, USER)) await router.navigate({ href: to, replace: true });
        else window.location.replace(to);
      }}
    />
  );
}

/** A path of this very host, or the portal. */
function pathHere(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : USER.home;
}
