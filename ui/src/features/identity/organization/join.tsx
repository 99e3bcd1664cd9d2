// An invitation for an address that has an account: its owner joins, after signing in.
import { Alert, Button, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { actFor } from "~/lib/acting";
import { api } from "~/lib/api";
import { USER } from "~/lib/door";
import { toProblem } from "~/lib/problem";
import { becomeNobody, sessionOf } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { AuthFrame } from "../auth-frame";

const KEY = "quarterdeck.invitation";

/** The token of the link, also after signing in on the way: it stays in this tab and in no address. */
export function keptToken(token: string): string {
  return token === "" ? (sessionStorage.getItem(KEY) ?? "") : token;
}

interface JoinProps {
  token: string;
  email: string;
  organization: string;
  role: string;
}

export function Join({ token, email, organization, role }: JoinProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const session = useQuery(sessionOf(USER)).data;
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const signIn = async (out: boolean) => {
    setBusy(true);
    sessionStorage.setItem(KEY, token);
    if (out) {
      await api.delete(USER.session);
      becomeNobody(client, USER);
    }
    window.location.assign(`${USER.signIn}?return_to=${encodeURIComponent("/auth/invite")}`);
  };
  const join = async () => {
    setBusy(true);
    try {
      const { data } = await api.post<{ organization_id: string }>("/account/invitation/join", { token });
      sessionStorage.removeItem(KEY);
      actFor(data.organization_id);
      window.location.replace(USER.home);
    } catch (error) {
      const problem = toProblem(error);
      setRefused(problem.detail ?? problem.title);
      setBusy(false);
    }
  };
  const who = session?.state === "signed_in" ? session.user?.email : null;
  return (
    <AuthFrame
      title={t("organization.joinTitle", { organization })}
      description={t("organization.joinText", { email, organization, role })}
    >
      {session === undefined ? (
        <FormSkeleton fields={1} />
      ) : (
        <Stack gap={12}>
          {refused && (
            <Alert color="red" role="alert" icon={<TriangleAlert size={16} aria-hidden />}>
              {refused}
            </Alert>
          )}
          {who === email ? (
            <Button loading={busy} onClick={() => void join()} data-autofocus>
              {t("organization.join")}
            </Button>
          ) : (
            <>
              {who && <Alert color="yellow">{t("organization.joinOther", { who, email })}</Alert>}
              <Button loading={busy} onClick={() => void signIn(Boolean(who))} data-autofocus>
                {t("organization.joinSignIn")}
              </Button>
            </>
          )}
        </Stack>
      )}
    </AuthFrame>
  );
}
