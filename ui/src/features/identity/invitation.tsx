import { Anchor, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import { humanize } from "~/lib/labels";
import { becomeSession, type Session } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { AuthFrame } from "./auth-frame";
import { field } from "./fields";
import { useLinkToken } from "./link-token";
import { NewPasswordForm } from "./new-password-form";

interface Invited {
  email: string;
  role: string;
  expires_at: string;
}

export function Invitation() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const token = useLinkToken();
  const invited = useQuery({
    queryKey: ["invitation", token],
    queryFn: async ({ signal }) => (await api.get<Invited>("/invitation", { query: [["token", token]], signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const fields = useMemo(
    () => [field("name", "text", t("identity.name")), field("password", "password", t("identity.password"))],
    [t],
  );

  const send = async ({ name, password }: Record<string, unknown>) => {
    await api.post("/invitation", { token, name, password });
    becomeSession(client, (await api.get<Session>("/session")).data);
    await router.navigate({ to: "/admin", replace: true });
  };

  if (invited.isPending) {
    return (
      <AuthFrame title={t("invitation.title")}>
        <FormSkeleton fields={2} />
      </AuthFrame>
    );
  }
  if (invited.isError) {
    const problem = toProblem(invited.error);
    if (
      problem.kind === "not-found" ||
      problem.kind === "gone" ||
      problem.kind === "validation" ||
      problem.kind === "malformed"
    ) {
      return (
        <AuthFrame
          title={t("invitation.invalidTitle")}
          description={t(problem.kind === "gone" ? "invitation.gone" : "invitation.unknown")}
        >
          <Anchor component={Link} to="/admin/login" fz={13}>
            {t("identity.toSignIn")}
          </Anchor>
        </AuthFrame>
      );
    }
    return (
      <AuthFrame title={t("invitation.title")}>
        <Failed problem={problem} onRetry={() => void invited.refetch()} />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame
      title={t("invitation.title")}
      description={
        <Text fz={13} c="dimmed">
          {t("invitation.text", { email: invited.data.email, role: humanize(invited.data.role) })}
        </Text>
      }
    >
      <NewPasswordForm
        fields={fields}
        submitLabel={t("invitation.submit")}
        personal={[invited.data.email]}
        autoComplete={{ name: "name", password: "new-password" }}
        send={send}
      />
    </AuthFrame>
  );
}
