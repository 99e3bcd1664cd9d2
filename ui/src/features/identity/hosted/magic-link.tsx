// Signing in by a link in a letter. In the browser that asked for it the page does it at once; elsewhere the person is
// shown whose account it is, and asked.
import { Anchor, Button, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import { USER } from "~/lib/door";
import { becomeSession, type Session } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { AuthFrame } from "../auth-frame";
import { useLinkToken } from "../link-token";
import { Refusal } from "../steps/refusal";
import { AskForLetter } from "./ask-for-letter";

const PATH = `${USER.session}/magic-link`;

interface About {
  email: string;
  asked_here: boolean;
}

export function MagicLink() {
  const { t } = useTranslation();
  const token = useLinkToken();
  const back = (
    <Anchor component={Link} to={USER.signIn} fz={13}>
      {t("identity.toSignIn")}
    </Anchor>
  );
  if (token !== "") return <Open token={token} />;
  return (
    <AskForLetter
      title={t("magic.title")}
      description={t("magic.text")}
      submitLabel={t("magic.submit")}
      path={PATH}
      sent={(email) => t("magic.sent", { email })}
      wayOut={back}
    />
  );
}

function Open({ token }: { token: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const begun = useRef(false);
  const about = useQuery({
    queryKey: ["magic-link", token],
    queryFn: async ({ signal }) => (await api.get<About>(PATH, { query: [["token", token]], signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const enter = async (elsewhere: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const session = (await api.post<Session>(`${PATH}/answer`, { token, elsewhere })).data;
      becomeSession(client, session, USER);
      await router.navigate({ to: session.state === "signed_in" ? "/dashboard" : "/auth/login", replace: true });
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  useEffect(() => {
    if (!about.data?.asked_here || begun.current) return;
    begun.current = true;
    void enter(false);
  });

  if (about.isPending || (about.data?.asked_here && !error)) {
    return (
      <AuthFrame title={t("magic.entering")}>
        <FormSkeleton fields={1} />
      </AuthFrame>
    );
  }
  const problem = about.isError ? toProblem(about.error) : null;
  const dead = problem && ["gone", "not-found", "forbidden"].includes(problem.kind);
  if (problem || error) {
    return (
      <AuthFrame title={t("magic.deadTitle")} description={dead ? t("magic.dead") : undefined}>
        <Stack gap={16}>
          {problem && !dead && <Failed problem={problem} onRetry={() => void about.refetch()} />}
          <Refusal error={error} />
          <Anchor component={Link} to="/auth/login" fz={13}>
            {t("identity.toSignIn")}
          </Anchor>
        </Stack>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t("magic.elsewhereTitle")} description={t("magic.elsewhere", { email: about.data?.email ?? "" })}>
      <Button fullWidth size="md" loading={busy} onClick={() => void enter(true)} data-autofocus>
        {t("magic.enter", { email: about.data?.email ?? "" })}
      </Button>
    </AuthFrame>
  );
}
