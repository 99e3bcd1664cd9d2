// The password was right, but it belongs to a registration whose address isn't confirmed yet.
import { Anchor, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { AuthFrame } from "../auth-frame";
import { SendAgain } from "./send-again";

export function Unconfirmed({ onRestart }: { onRestart: () => void }) {
  const { t } = useTranslation();
  return (
    <AuthFrame title={t("register.unconfirmedTitle")} description={t("register.unconfirmedText")}>
      <Stack gap={16}>
        <SendAgain />
        <Anchor component="button" type="button" fz={13} c="dimmed" onClick={onRestart} style={{ alignSelf: "start" }}>
          {t("steps.restart")}
        </Anchor>
      </Stack>
    </AuthFrame>
  );
}
