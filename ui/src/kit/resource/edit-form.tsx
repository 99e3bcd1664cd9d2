// Changes one object: sends only what was changed, on the version it was read at, and settles what others changed meanwhile.
import { Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { SaveBar } from "~/kit/form/save-bar";
import { UnsavedGuard } from "~/kit/form/unsaved-guard";
import { useForm } from "~/kit/form/use-form";
import { api, Problem } from "~/lib/api";
import { type Merge, mergeFields } from "~/lib/merge";
import { type ActionMeta, idOf, type ResourceMeta, type Row, titleOf } from "~/lib/meta";
import { toastDone } from "~/lib/toast";
import { inputFields } from "./actions";
import { askedToChange } from "./asked";
import { ConflictDialog } from "./conflict-dialog";
import { forget, type Loaded, objectQuery } from "./data";

interface EditFormProps {
  resource: ResourceMeta;
  action: ActionMeta;
  loaded: Loaded;
  onDone: () => void;
  /** What comes of what is typed. */
  beside?: (typed: Row) => ReactNode;
}

function startOf(row: Row, names: string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

export function EditForm({ resource, action, loaded, onDone, beside }: EditFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const fields = useMemo(() => inputFields(resource, action), [resource, action]);
  // The state the person began with; a refresh in the background must not pull the ground away.
  const [base] = useState(loaded.row);
  const [version, setVersion] = useState(loaded.version);
  const form = useForm(
    resource.name,
    fields,
    startOf(
      base,
      fields.map((field) => field.name),
    ),
    { partial: true },
  );
  const [conflict, setConflict] = useState<{ merge: Merge; version: string } | null>(null);
  const [saved, setSaved] = useState(false);

  const send = async (changed: Record<string, unknown>, on: string | null): Promise<void> => {
    const path = `/${resource.name}/${encodeURIComponent(idOf(base))}`;
    try {
      const reply = await api.patch<Row | null>(path, changed, { version: on ?? "*" });
      if (reply.data)
        client.setQueryData(objectQuery(resource, idOf(base)).queryKey, { row: reply.data, version: reply.version });
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== "conflict" || !error.conflict) throw error;
      const theirs = Object.fromEntries(error.conflict.fields.map((one) => [one.field, one.theirs]));
      const merge = mergeFields(base, changed, theirs);
      if (merge.both.length > 0) {
        setConflict({ merge, version: error.conflict.current_version });
        throw error;
      }
      // Others touched other fields only: mine go on top of theirs.
      if (Object.keys(merge.apart).length > 0) return send(merge.apart, error.conflict.current_version);
    }
  };

  const finish = async () => {
    setSaved(true);
    toastDone(t("actions.saved", { what: titleOf(resource, { ...base, ...form.values }) }));
    await forget(client, resource.name);
    onDone();
  };
  const submit = async () => {
    if (await form.submit((changed) => send(changed, version))) await finish();
  };
  const settle = async (values: Record<string, unknown>) => {
    const on = conflict?.version ?? null;
    setConflict(null);
    setVersion(on);
    const sent = Object.keys(values).length === 0 || (await form.submit(() => send(values, on)));
    if (sent) await finish();
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap={16} maw={560}>
        {!conflict && <ErrorSummary form={form} />}
        <FormFields form={form} beside={base} />
        {beside?.(form.values)}
        <SaveBar
          form={form}
          verb={t("form.save")}
          asked={askedToChange(resource, idOf(base), version, fields, form.changed)}
          onSubmit={() => void submit()}
          onCancel={onDone}
        />
      </Stack>
      <UnsavedGuard dirty={form.dirty && !saved} />
      {conflict && (
        <ConflictDialog
          scope={resource.name}
          fields={fields}
          merge={conflict.merge}
          onSettle={(values) => void settle(values)}
          onClose={() => setConflict(null)}
        />
      )}
    </form>
  );
}
