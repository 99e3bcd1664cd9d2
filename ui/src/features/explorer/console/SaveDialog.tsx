/** Keeps the text of a tab under a name, and says who sees it; a saved one is saved again, or as another. */
import { Alert, Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRetryKey } from "~/kit/form/retry-key";
import { AudienceField, type Shown, shareWith } from "~/kit/views/AudienceField";
import { api } from "~/lib/api";
import { type Problem, toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { toastDone } from "~/lib/toast";
import { ListSkeleton } from "~/primitives/skeletons";
import { forgetSaved, oneSaved, type SavedQuery } from "./saved";
import type { Tab } from "./tabs";

interface SaveDialogProps {
  source: string;
  tab: Tab;
  onSaved: (by: Partial<Tab>) => void;
  onClose: () => void;
}

export default function SaveDialog(props: SaveDialogProps) {
  const { t } = useTranslation();
  const before = useQuery({ ...oneSaved("id", props.tab.saved), staleTime: 0 });
  const waiting = props.tab.saved !== undefined && before.isFetching;
  return (
    <Modal opened onClose={props.onClose} title={t("explorer.sql.saved.title")} size={460}>
      {waiting ? <ListSkeleton rows={4} columns={1} /> : <SaveForm {...props} before={before.data ?? null} />}
    </Modal>
  );
}

function SaveForm({ source, tab, before, onSaved, onClose }: SaveDialogProps & { before: SavedQuery | null }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const shares = useCan("saved-queries:share");
  const changes = before !== null && (before.mine || shares);
  const [name, setName] = useState(before?.name ?? "");
  const [note, setNote] = useState(before?.note ?? "");
  const [shown, setShown] = useState<Shown>({
    audience: changes ? before.audience : "me",
    role_id: changes ? before.role_id : null,
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const retry = useRetryKey();
  // Made once, also when showing it to others failed and is tried again.
  const made = useRef<string | null>(null);

  const keep = async (anew: boolean): Promise<string> => {
    const body = { name: name.trim(), source, sql: tab.text, note: note.trim() };
    const there = made.current ?? (anew ? null : (before?.id ?? null));
    if (there !== null) {
      const version = there === before?.id ? before.version : "*";
      await api.patch(`/saved-queries/${there}`, body, { version });
      return there;
    }
    const idempotencyKey = retry.keyFor(JSON.stringify(body));
    made.current = (await api.post<{ id: string }>("/saved-queries", body, { idempotencyKey })).data.id;
    return made.current;
  };
  const save = async (anew: boolean) => {
    setBusy(true);
    setProblem(null);
    try {
      const id = await keep(anew);
      await shareWith((body) => api.post(`/saved-queries/${id}/share`, body), anew ? null : before, shown);
      await forgetSaved(client);
      toastDone(t("explorer.sql.saved.done", { name: name.trim() }));
      onSaved({ name: name.trim(), saved: id });
    } catch (error) {
      retry.failed(error);
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  const at = (field: string) => problem?.errorFor(field) ?? null;
  const elsewhere = problem && !["name", "role_id", "note"].some(at);
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void save(!changes);
      }}
    >
      <Stack gap={16}>
        <TextInput
          data-autofocus
          label={t("explorer.sql.saved.name")}
          withAsterisk
          maxLength={80}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          error={at("name")}
        />
        <Textarea
          label={t("explorer.sql.saved.note")}
          autosize
          minRows={1}
          maxRows={4}
          maxLength={500}
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
          error={at("note")}
        />
        <AudienceField
          scope="saved-queries"
          value={shown}
          onChange={setShown}
          shares={shares}
          roleError={at("role_id")}
        />
        {elsewhere && (
          <Alert color="red" role="alert" p={10}>
            {problem.detail ?? problem.title}
          </Alert>
        )}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            {t("explorer.cancel")}
          </Button>
          {changes && (
            <Button variant="default" disabled={busy} onClick={() => void save(true)}>
              {t("explorer.sql.saved.asNew")}
            </Button>
          )}
          <Button type="submit" loading={busy}>
            {t("explorer.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
