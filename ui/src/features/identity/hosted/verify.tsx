// The page behind the link that confirms an address: of somebody who registered, or the new one of a user. Nothing
// happens until the button is pressed, because some programs open every link of a letter.
import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import { USER } from "~/lib/door";
import { becomeSession, type Session, sessionOf } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { AuthFrame } from "../auth-frame";
import { useLinkToken } from "../link-token";
import { Refusal } from "../steps/refusal";

interface About {
  purpose: "registration" | "email";
  email: string;
  name: string;
}

export function Verify() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const token = useLinkToken();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [changed, setChanged] = useState(false);
  const about = useQuery({
    queryKey: ["verification", token],
    queryFn: async ({ signal }) =>
      (await api.get<About>("/account/verification", { query: [["token", token]], signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

  const register = async () => {
    const session = (await api.post<Session>("/account/registration/confirm", { token })).data;
    // Opened in another browser than the one that registered, it signs nobody in.
    if (session.state === "signed_out") {
      await router.navigate({ to: "/auth/login", search: { done: "confirmed" }, replace: true });
      return;
    }
    becomeSession(client, session, USER);
    await router.navigate({ to: session.state === "signed_in" ? "/dashboard" : "/auth/login", replace: true });
  };
  const change = async () => {
    await api.post("/account/email/confirm", { token });
    await client.invalidateQueries({ queryKey: sessionOf(USER).queryKey });
    setChanged(true);
  };
  const confirm = async (purpose: About["purpose"]) => {
    setBusy(true);
    setError(null);
    try {
      await (purpose === "registration" ? register() : change());
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };

  if (about.isPending) {
    return (
      <AuthFrame title={t("verify.title")}>
        <FormSkeleton fields={1} />
      </AuthFrame>
    );
  }
  if (about.isError) {
    const problem = toProblem(about.error);
    const dead = problem.kind === "gone" || problem.kind === "not-found";
    return (
      <AuthFrame title={t("verify.deadTitle")} description={dead ? t("verify.dead") : undefined}>
        <Stack gap={16}>
          {!dead && <Failed problem={problem} onRetry={() => void about.refetch()} />}
          <ToSignIn />
        </Stack>
      </AuthFrame>
    );
  }
  const { purpose, email } = about.data;
  if (changed) {
    return (
      <AuthFrame title={t("verify.changedTitle")}>
        <Alert color="green" variant="light" icon={<CircleCheck size={16} aria-hidden />} role="status">
          {t("verify.changed", { email })}
        </Alert>
        <Anchor component={Link} to="/dashboard" fz={13}>
          {t("verify.goOn")}
        </Anchor>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t("verify.title")} description={t(`verify.${purpose}`, { email })}>
      <Stack gap={16}>
        <Refusal error={error} />
        <Button fullWidth size="md" loading={busy} onClick={() => void confirm(purpose)} data-autofocus>
          {t("verify.confirm")}
        </Button>
        {error !== null && <ToSignIn />}
      </Stack>
    </AuthFrame>
  );
}

function ToSignIn() {
  const { t } = useTranslation();
  return (
    <Anchor component={Link} to="/auth/login" fz={13}>
      {t("identity.toSignIn")}
    </Anchor>
  );
}
