import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

/** Asks once before changes are left behind, within the panel and when the tab closes. */
export function UnsavedGuard({ dirty }: { dirty: boolean }) {
  const { t } = useTranslation();
  const blocker = useBlocker({
    shouldBlockFn: () => dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
    disabled: !dirty,
  });
  return (
    <Modal opened={blocker.status === "blocked"} onClose={() => blocker.reset?.()} title={t("form.leaveTitle")}>
      <Text fz={13}>{t("form.leaveText")}</Text>
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          {t("form.leave")}
        </Button>
        <Button data-autofocus onClick={() => blocker.reset?.()}>
          {t("form.stay")}
        </Button>
      </Group>
    </Modal>
  );
}
