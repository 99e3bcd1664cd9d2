// A forgotten password: without a link the page asks whose, with one it takes the new password.
import { Anchor } from "@mantine/core";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem, toProblem } from "~/lib/api";
import { type Door, STAFF, USER } from "~/lib/door";
import { sessionOf } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { AuthFrame } from "./auth-frame";
import { field } from "./fields";
import { AskForLetter } from "./hosted/ask-for-letter";
import { useLinkToken } from "./link-token";
import { NewPasswordForm } from "./new-password-form";

interface About {
  kind: "staff" | "user";
  email: string;
}

export function Reset() {
  const { t } = useTranslation();
  const token = useLinkToken();
  const [door] = useState(() => (new URLSearchParams(window.location.search).get("for") === "staff" ? STAFF : USER));
  const [dead, setDead] = useState(false);
  const about = useQuery({
    queryKey: ["password-reset", token],
    queryFn: async ({ signal }) =>
      (await api.get<About>("/password-reset", { query: [["token", token]], signal })).data,
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

  if (token === "") return <Forgotten door={door} />;
  if (about.isPending) {
    return (
      <AuthFrame title={t("reset.title")}>
        <FormSkeleton fields={1} />
      </AuthFrame>
    );
  }
  const problem = about.isError ? toProblem(about.error) : null;
  if (dead || problem?.kind === "gone" || problem?.kind === "not-found") {
    return (
      <AuthFrame title={t("reset.deadTitle")} description={t("reset.dead")}>
        <Anchor component={Link} to={about.data?.kind === "staff" ? STAFF.signIn : USER.signIn} fz={13}>
          {t("identity.toSignIn")}
        </Anchor>
      </AuthFrame>
    );
  }
  if (problem || !about.data) {
    return (
      <AuthFrame title={t("reset.title")}>
        {problem && <Failed problem={problem} onRetry={() => void about.refetch()} />}
      </AuthFrame>
    );
  }
  return <Choose token={token} about={about.data} onDead={() => setDead(true)} />;
}

/** Asks for a link; says the same whether or not there is an account. */
function Forgotten({ door }: { door: Door }) {
  const { t } = useTranslation();
  return (
    <AskForLetter
      title={t("letter.forgotTitle")}
      description={t("letter.forgotText")}
      submitLabel={t("letter.send")}
      path={`${door.session}/forgotten-password`}
      sent={(email) => t("letter.forgotSent", { email })}
      wayOut={
        <Anchor component={Link} to={door.signIn} fz={13}>
          {t("identity.toSignIn")}
        </Anchor>
      }
    />
  );
}

interface ChooseProps {
  token: string;
  about: About;
  onDead: () => void;
}

/** One new password, then signed out everywhere. */
function Choose({ token, about, onDead }: ChooseProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const door = about.kind === "staff" ? STAFF : USER;
  const { offers } = useSuspenseQuery(sessionOf(door)).data;
  const fields = useMemo(() => [field("password", "password", t("reset.newPassword"))], [t]);
  const send = async ({ password }: Record<string, unknown>) => {
    try {
      await api.post("/password-reset", { token, password });
    } catch (error) {
      if (error instanceof Problem && (error.kind === "gone" || error.kind === "not-found")) return onDead();
      throw error;
    }
    if (door === STAFF) await router.navigate({ to: "/admin/login", search: { reset: "done" }, replace: true });
    else await router.navigate({ to: "/auth/login", search: { done: "reset" }, replace: true });
  };
  return (
    <AuthFrame title={t("reset.title")} description={t("reset.text", { email: about.email })}>
      <NewPasswordForm
        fields={fields}
        submitLabel={t("reset.submit")}
        policy={offers?.password}
        personal={[about.email]}
        autoComplete={{ password: "new-password" }}
        send={send}
      />
    </AuthFrame>
  );
}
