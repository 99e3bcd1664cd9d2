// From the link that an impersonation gives to the platform as its user sees it.
import { Anchor, Button, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Problem, toProblem } from "~/lib/api";
import { USER } from "~/lib/door";
import { sessionOf } from "~/lib/session";
import { Failed } from "~/primitives/states";
import { AuthFrame } from "../auth-frame";
import { useLinkToken } from "../link-token";

export function Impersonate() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const code = useLinkToken("code");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const enter = async () => {
    setBusy(true);
    try {
      await api.post("/impersonation", { code });
      client.removeQueries({ queryKey: sessionOf(USER).queryKey });
      window.location.replace(USER.home);
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <AuthFrame title={t("portal.entering")} description={code ? t("portal.enteringText") : t("portal.noCode")}>
      <Stack gap={12}>
        {problem && <Failed problem={problem} />}
        {code && (
          <Button onClick={() => void enter()} loading={busy} data-autofocus>
            {t("portal.enter")}
          </Button>
        )}
        <Anchor component={Link} to="/admin/$collection" params={{ collection: "users" } as never} fz={13}>
          {t("portal.back")}
        </Anchor>
      </Stack>
    </AuthFrame>
  );
}
