/** Names a view and says who sees it. */
import { Alert, Button, Group, Modal, Stack, Switch, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRetryKey } from "~/kit/form/retry-key";
import { api } from "~/lib/api";
import { type Problem, toProblem } from "~/lib/problem";
import { AudienceField, type Shown, shareWith } from "./AudienceField";
import type { SavedView } from "./data";

/** What is about to be saved; `view` when there is one already. */
export interface Draft {
  view: SavedView | null;
  name: string;
  state: string;
}

interface ViewDialogProps {
  draft: Draft;
  page: string;
  /** Whether it may be shown to others. */
  shares: boolean;
  onSaved: (slug: string) => Promise<void>;
  onClose: () => void;
}

export function ViewDialog({ draft, page, shares, onSaved, onClose }: ViewDialogProps) {
  const { t } = useTranslation();
  const { view } = draft;
  const [name, setName] = useState(draft.name);
  const [shown, setShown] = useState<Shown>({ audience: view?.audience ?? "me", role_id: view?.role_id ?? null });
  const [isDefault, setDefault] = useState(view?.is_default ?? false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const retry = useRetryKey();

  // Made once, also when showing it to others failed and is tried again.
  const made = useRef<{ id: string; slug: string } | null>(null);
  const keep = async (own: { name: string; is_default: boolean }) => {
    const there = view ?? made.current;
    if (there) {
      await api.patch(`/saved-views/${there.id}`, own, { version: view?.version ?? "*" });
      return there;
    }
    const body = { ...own, page, state: draft.state };
    const idempotencyKey = retry.keyFor(JSON.stringify(body));
    made.current = (await api.post<{ id: string; slug: string }>("/saved-views", body, { idempotencyKey })).data;
    return made.current;
  };

  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const saved = await keep({ name: name.trim(), is_default: isDefault });
      await shareWith((body) => api.post(`/saved-views/${saved.id}/share`, body), view, shown);
      await onSaved(saved.slug);
    } catch (error) {
      retry.failed(error);
      setProblem(toProblem(error));
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={t(view ? "views.editTitle" : "views.saveTitle")} size={440}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap={16}>
          <TextInput
            data-autofocus
            label={t("views.name")}
            withAsterisk
            maxLength={80}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={problem?.errorFor("name")}
          />
          <AudienceField
            scope="saved-views"
            value={shown}
            onChange={setShown}
            shares={shares}
            roleError={problem?.errorFor("role_id") ?? null}
          />
          <Switch
            label={t("views.default")}
            description={t(`views.defaultHelp.${shown.audience}`)}
            checked={isDefault}
            onChange={(e) => setDefault(e.currentTarget.checked)}
          />
          {problem && !problem.errorFor("name") && !problem.errorFor("role_id") && (
            <Alert color="red" role="alert" p={10}>
              {problem.detail ?? problem.title}
            </Alert>
          )}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={onClose}>
              {t("views.cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("views.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
