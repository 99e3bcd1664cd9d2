/** Why somebody needs to see sensitive columns: asked before any value is shown, and tried at once. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, toProblem } from "~/lib/problem";
import { isReason, ReasonField } from "../ReasonField";

export interface RevealDialogProps {
  /** What will be shown, in words. */
  what: string;
  /** Reveals; a refusal is shown here. */
  onReveal: (reason: string) => Promise<void>;
  onClose: () => void;
}

export default function RevealDialog({ what, onReveal, onClose }: RevealDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const missing = !isReason(reason);
  const submit = async () => {
    setTried(true);
    if (missing) return;
    setBusy(true);
    setProblem(null);
    try {
      await onReveal(reason.trim());
      onClose();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("explorer.masking.title")} size={460}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          // It may stand in another form, which is not sent with it.
          e.stopPropagation();
          void submit();
        }}
      >
        <Stack gap={14}>
          <Text fz={13} c="dimmed">
            {what} {t("explorer.masking.logged")}
          </Text>
          <ReasonField
            value={reason}
            onChange={setReason}
            tried={tried}
            help={t("explorer.masking.reasonHelp")}
            first
          />
          {problem && (
            <Alert color="red" role="alert" p={10}>
              {problem.detail ?? problem.title}
            </Alert>
          )}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={onClose}>
              {t("explorer.cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("explorer.masking.show")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
