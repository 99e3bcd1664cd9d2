import { Alert, Button, Checkbox, Code, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/primitives/copy-button";
import type { OneTimeSecret } from "./actions";

interface SecretDialogProps {
  secret: OneTimeSecret | null;
  /** For whom or what it is. */
  title: string;
  onClose: () => void;
}

/** Shows a link or key the only time it is readable. Closes only after saying that it was kept. */
export function SecretDialog({ secret, title, onClose }: SecretDialogProps) {
  const { t } = useTranslation();
  const [kept, setKept] = useState(false);
  if (!secret) return null;
  const close = () => {
    setKept(false);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap={16}>
        <Alert icon={<KeyRound size={16} aria-hidden />} color="yellow" variant="light">
          {t(`secret.${secret.kind}`)}
          {secret.mailed && ` ${t("secret.mailed")}`}
        </Alert>
        <Textarea
          readOnly
          autosize={false}
          rows={3}
          value={secret.value}
          aria-label={t("secret.value")}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
          onFocus={(event) => event.currentTarget.select()}
        />
        {secret.code && (
          <Group gap={8} wrap="nowrap">
            <Text fz={13} c="dimmed">
              {t("secret.code")}
            </Text>
            <Code fz={14}>{secret.code}</Code>
            <CopyButton value={secret.code} label={t("secret.copyCode")} />
          </Group>
        )}
        <Group justify="space-between">
          <CopyButton value={secret.value} wide />
          <Checkbox
            label={t("secret.kept")}
            checked={kept}
            onChange={(event) => setKept(event.currentTarget.checked)}
          />
        </Group>
        <Group justify="flex-end">
          <Button disabled={!kept} onClick={close}>
            {t("secret.done")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
