import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

/**
 * Asks once before changes are left behind, within the panel and when the tab closes.
 * @param within the page keeps them when only its own view changes, such as a filter
 */
export function UnsavedGuard({ dirty, within = false }: { dirty: boolean; within?: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && !(within && current.pathname === next.pathname),
    enableBeforeUnload: () => dirty,
    withResolver: true,
    disabled: !dirty,
  });
  return (
    <LeaveDialog
      opened={blocker.status === "blocked"}
      onStay={() => blocker.reset?.()}
      onLeave={() => blocker.proceed?.()}
    />
  );
}

interface LeaveDialogProps {
  opened: boolean;
  onStay: () => void;
  onLeave: () => void;
}

export function LeaveDialog({ opened, onStay, onLeave }: LeaveDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onStay} title={t("form.leaveTitle")} zIndex={400}>
      <Text fz={13}>{t("form.leaveText")}</Text>
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onLeave}>
          {t("form.leave")}
        </Button>
        <Button data-autofocus onClick={onStay}>
          {t("form.stay")}
        </Button>
      </Group>
    </Modal>
  );
}
