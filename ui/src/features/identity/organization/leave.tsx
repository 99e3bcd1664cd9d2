// Leaving an organization: one question, then it counts at once.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { USER } from "~/lib/door";
import { toProblem } from "~/lib/problem";
import { type OwnOrganization, sessionOf } from "~/lib/session";
import { toastDone } from "~/lib/toast";

export function LeaveDialog({ organization, onClose }: { organization: OwnOrganization; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const leave = async () => {
    setBusy(true);
    try {
      await api.post(`/account/organizations/${organization.id}/leave`);
    } catch (error) {
      const problem = toProblem(error);
      setRefused(problem.detail ?? problem.title);
      setBusy(false);
      return;
    }
    toastDone(t("organization.left", { name: organization.name }));
    await client.invalidateQueries({ queryKey: sessionOf(USER).queryKey });
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("organization.leaveTitle", { name: organization.name })}>
      <Stack gap={16}>
        {refused && (
          <Alert color="red" role="alert" icon={<TriangleAlert size={16} aria-hidden />}>
            {refused}
          </Alert>
        )}
        <Text fz={13}>{t("organization.leaveText")}</Text>
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("primitives.cancel")}
          </Button>
          <Button color="red" loading={busy} onClick={() => void leave()}>
            {t("organization.leave")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
