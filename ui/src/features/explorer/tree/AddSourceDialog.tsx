/** Adds another PostgreSQL. The address with its password is written once and never shown again. */
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, newKey } from "~/lib/api";
import { type Problem, toProblem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";
import { sourcesQuery } from "../data";
import type { Health, Source } from "../model";

interface AddSourceDialogProps {
  onClose: () => void;
  onAdded: (name: string) => void;
}

/** What kept an address from being one; undefined when it looks right. */
export function addressProblem(url: string): "blank" | "scheme" | "form" | undefined {
  if (url.trim() === "") return "blank";
  if (!/^postgres(ql)?:\/\//.test(url.trim())) return "scheme";
  // No host means another database on the panel's own server. The server reads the rest.
  return /^postgres(ql)?:\/\/[^/?#\s]*\/[^/?#\s]+(\?\S*)?$/.test(url.trim()) ? undefined : "form";
}

export function AddSourceDialog({ onClose, onAdded }: AddSourceDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState<"add" | "test" | null>(null);
  const [added, setAdded] = useState<Source | null>(null);
  const [tested, setTested] = useState<Health | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const key = useRef(newKey());
  const nameWrong = /^[a-z][a-z0-9_-]{0,62}$/.test(name) ? undefined : t("explorer.sourceName");
  const wrong = addressProblem(url);

  const add = async () => {
    setTried(true);
    if (nameWrong || wrong) return;
    setBusy("add");
    setProblem(null);
    try {
      const reply = await api.post<Source>("/sources", { name, url: url.trim() }, { idempotencyKey: key.current });
      setAdded(reply.data);
      toastDone(t("explorer.sourceAdded", { source: name }));
      await client.invalidateQueries({ queryKey: sourcesQuery.queryKey });
    } catch (error) {
      key.current = newKey();
      setProblem(toProblem(error));
    } finally {
      setBusy(null);
    }
  };
  const test = async () => {
    if (!added) return;
    setBusy("test");
    try {
      const reply = await api.post<Health>(`/sources/${encodeURIComponent(added.id)}/test`, {});
      setTested(reply.data);
    } catch (error) {
      const failed = toProblem(error);
      setTested({ ok: false, message: failed.detail ?? failed.title });
    } finally {
      setBusy(null);
    }
  };

  return (
    <Modal opened onClose={onClose} title={t("explorer.addSource")} size={520}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (added) onAdded(added.name);
          else void add();
        }}
      >
        <Stack gap={14}>
          <TextInput
            label={t("explorer.sourceNameLabel")}
            description={tried && nameWrong ? undefined : t("explorer.sourceName")}
            data-autofocus
            disabled={added !== null}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={problem?.errorFor("name") ?? (tried ? nameWrong : undefined)}
          />
          <PasswordInput
            label={t("explorer.sourceUrl")}
            description={t("explorer.sourceSecret")}
            placeholder="postgresql://user:password@host:5432/database"
            disabled={added !== null}
            autoComplete="off"
            value={url}
            onChange={(e) => setUrl(e.currentTarget.value)}
            error={problem?.errorFor("url") ?? (tried && wrong ? t(`explorer.sourceUrlWrong.${wrong}`) : undefined)}
          />
          {problem && problem.errors.length === 0 && (
            <Alert color="red" role="alert" p={10}>
              {problem.detail ?? problem.title}
            </Alert>
          )}
          {tested?.ok === true && (
            <Alert color="green" role="status" p={10} icon={<CircleCheck size={16} />}>
              {t("explorer.sourceWorks", { source: name })} {tested.message}
            </Alert>
          )}
          {tested?.ok === false && (
            <Alert color="red" role="alert" p={10}>
              {tested.message}
            </Alert>
          )}
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              {added ? t("explorer.sourceSaved") : ""}
            </Text>
            <Group gap={8}>
              {added && (
                <Button variant="default" loading={busy === "test"} onClick={() => void test()}>
                  {t("explorer.test")}
                </Button>
              )}
              {!added && (
                <Button variant="default" onClick={onClose}>
                  {t("explorer.cancel")}
                </Button>
              )}
              <Button type="submit" loading={busy === "add"}>
                {added ? t("explorer.openSource") : t("explorer.add")}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
