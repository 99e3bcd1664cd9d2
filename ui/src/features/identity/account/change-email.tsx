// Another e-mail address: it counts once the link that is sent there is opened.
import { Alert, Anchor, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import { Refusal } from "../steps/refusal";
import { useDoor } from "./sections";

export function ChangeEmail({ email }: { email: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Anchor component="button" type="button" fz={13} onClick={() => setOpen(true)}>
        {t("account.email.change")}
      </Anchor>
      {open && <Dialog email={email} onClose={() => setOpen(false)} />}
    </>
  );
}

function Dialog({ email, onClose }: { email: string; onClose: () => void }) {
  const { t } = useTranslation();
  const door = useDoor();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const atField = error ? toProblem(error).errorFor("email") : null;
  const ask = async () => {
    setBusy(true);
    setError(null);
    try {
      await api.post(`${door.own}/email`, { email: typed.trim() });
      setSent(true);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  if (sent) {
    return (
      <Modal opened onClose={onClose} title={t("account.email.title")}>
        <Stack gap={16}>
          <Alert color="blue" variant="light" role="status" icon={<MailCheck size={16} aria-hidden />}>
            {t("account.email.sent", { new: typed.trim(), old: email })}
          </Alert>
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              {t("account.email.done")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title={t("account.email.title")}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== "" && !busy) void ask();
        }}
      >
        <Stack gap={16}>
          <Text fz={13} c="dimmed">
            {t("account.email.text")}
          </Text>
          {!atField && <Refusal error={error} />}
          <TextInput
            type="email"
            label={t("account.email.new")}
            value={typed}
            error={atField}
            maxLength={254}
            autoComplete="email"
            disabled={busy}
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={onClose}>
              {t("primitives.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={typed.trim() === ""}>
              {t("account.email.send")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
