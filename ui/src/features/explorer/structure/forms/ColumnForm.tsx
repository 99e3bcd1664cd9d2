/** A column: new, or as it is. */
import { Autocomplete, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Column, TableRef } from "../../model";
import { ChangeDrawer, type FieldError } from "../ChangeDrawer";
import plan from "../plan.module.css";
import { type Change, COMMON_TYPES, sourceSchemaQuery } from "../schema";

export interface ColumnDraft {
  name: string;
  type: string;
  nullable: boolean;
  default: string;
  /** A default, numbers by itself, or worked out from others. */
  how: "default" | "by_default" | "always" | "generated";
  comment: string;
}

export const NEW_COLUMN: ColumnDraft = {
  name: "",
  type: "text",
  nullable: true,
  default: "",
  how: "default",
  comment: "",
};

/** The column as the API takes it; null until it has a name and a type. */
export function columnOf(draft: ColumnDraft): Record<string, unknown> | null {
  if (!draft.name || !draft.type) return null;
  const expression = draft.default.trim();
  return {
    name: draft.name,
    type: draft.type,
    nullable: draft.nullable,
    ...(draft.how === "default" && expression ? { default: expression } : {}),
    ...(draft.how === "generated" ? { generated: expression } : {}),
    ...(draft.how === "always" || draft.how === "by_default" ? { identity: draft.how } : {}),
    ...(draft.comment ? { comment: draft.comment } : {}),
  };
}

export function TypeInput({
  source,
  value,
  onChange,
  ...rest
}: {
  source: string;
  value: string;
  onChange: (value: string) => void;
  label?: string;
  "aria-label"?: string;
  error?: string;
  size?: string;
}) {
  const schema = useQuery(sourceSchemaQuery(source));
  const enums = (schema.data?.enums ?? []).map(({ schema: space, name }) => {
    const quoted = (text: string) => (/^[a-z_][a-z0-9_]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
    return space === "public" ? quoted(name) : `${quoted(space)}.${quoted(name)}`;
  });
  return (
    <Autocomplete
      {...rest}
      value={value}
      onChange={onChange}
      data={[...new Set([...enums, ...COMMON_TYPES])]}
      filter={({ options, search }) =>
        // A type that is chosen is no search: all others are shown.
        options.some((one) => "value" in one && one.value === search)
          ? options
          : options.filter((one) => "value" in one && String(one.value).includes(search.toLowerCase()))
      }
      maxDropdownHeight={260}
    />
  );
}

export function AddColumn({ tableRef, onClose }: { tableRef: TableRef; onClose: () => void }) {
  const { t } = useTranslation();
  const { source, schema, table } = tableRef;
  const [draft, setDraft] = useState(NEW_COLUMN);
  const column = columnOf(draft);
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.addColumnTo", { table })}
      changes={column && [{ change: "add_column", schema, table, column }]}
      dirty={draft.name !== ""}
      apply={t("explorer.schema.addColumn")}
      onClose={onClose}
    >
      {(error) => <ColumnFields source={source} draft={draft} onDraft={setDraft} error={(f) => error(`column.${f}`)} />}
    </ChangeDrawer>
  );
}

function ColumnFields({
  source,
  draft,
  onDraft,
  error,
}: {
  source: string;
  draft: ColumnDraft;
  onDraft: (draft: ColumnDraft) => void;
  error: FieldError;
}) {
  const { t } = useTranslation();
  const set = (more: Partial<ColumnDraft>) => onDraft({ ...draft, ...more });
  const typed = draft.how === "default" || draft.how === "generated";
  return (
    <Stack gap={14}>
      <TextInput
        label={t("explorer.schema.name")}
        withAsterisk
        data-autofocus
        value={draft.name}
        onChange={(e) => set({ name: e.currentTarget.value })}
        error={error("name")}
      />
      <TypeInput
        source={source}
        label={t("explorer.schema.type")}
        value={draft.type}
        onChange={(type) => set({ type })}
        error={error("type")}
      />
      <Select
        label={t("explorer.schema.value")}
        data={(["default", "by_default", "always", "generated"] as const).map((value) => ({
          value,
          label: t(`explorer.schema.how.${value}`),
        }))}
        value={draft.how}
        allowDeselect={false}
        onChange={(how) => set({ how: (how ?? "default") as ColumnDraft["how"] })}
      />
      {typed && (
        <TextInput
          label={t(draft.how === "generated" ? "explorer.schema.generatedAs" : "explorer.schema.default")}
          description={t("explorer.schema.expressionHelp")}
          classNames={{ input: plan.mono }}
          value={draft.default}
          onChange={(e) => set({ default: e.currentTarget.value })}
          error={error(draft.how === "generated" ? "generated" : "default")}
        />
      )}
      <Switch
        label={t("explorer.schema.nullable")}
        checked={draft.nullable}
        onChange={(e) => set({ nullable: e.currentTarget.checked })}
      />
      <Textarea
        label={t("explorer.schema.comment")}
        autosize
        minRows={1}
        value={draft.comment}
        onChange={(e) => set({ comment: e.currentTarget.value })}
      />
    </Stack>
  );
}

export function EditColumn({ tableRef, column, onClose }: { tableRef: TableRef; column: Column; onClose: () => void }) {
  const { t } = useTranslation();
  const { source, schema, table } = tableRef;
  const [name, setName] = useState(column.name);
  const [type, setType] = useState(column.type);
  const [using, setUsing] = useState("");
  const [nullable, setNullable] = useState(column.nullable);
  const [value, setValue] = useState(column.default ?? "");
  const [comment, setComment] = useState(column.comment ?? "");
  const plain = !column.generated && column.identity === null;
  const of = (change: string, more: Record<string, unknown>): Change => ({
    change,
    schema,
    table,
    column: column.name,
    ...more,
  });
  const changes: Change[] = [];
  if (type !== column.type)
    changes.push(of("set_column_type", { type, ...(using.trim() ? { using: using.trim() } : {}) }));
  if (plain && value !== (column.default ?? ""))
    changes.push(of("set_column_default", { default: value.trim() || null }));
  if (nullable !== column.nullable) changes.push(of("set_column_nullable", { nullable }));
  if (comment !== (column.comment ?? "")) changes.push(of("set_column_comment", { comment: comment || null }));
  if (name !== column.name) changes.push(of("rename_column", { to: name }));
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.editColumn", { column: column.name })}
      changes={changes.length > 0 ? changes : null}
      dirty={changes.length > 0}
      apply={t("explorer.schema.apply")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          <TextInput
            label={t("explorer.schema.name")}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={error("to")}
          />
          <TypeInput
            source={source}
            label={t("explorer.schema.type")}
            value={type}
            onChange={setType}
            error={error("type")}
          />
          {type !== column.type && (
            <TextInput
              label={t("explorer.schema.using")}
              description={t("explorer.schema.usingHelp")}
              classNames={{ input: plan.mono }}
              placeholder={`${column.name}::${type}`}
              value={using}
              onChange={(e) => setUsing(e.currentTarget.value)}
              error={error("using")}
            />
          )}
          {plain && (
            <TextInput
              label={t("explorer.schema.default")}
              description={t("explorer.schema.expressionHelp")}
              classNames={{ input: plan.mono }}
              value={value}
              onChange={(e) => setValue(e.currentTarget.value)}
              error={error("default")}
            />
          )}
          <Switch
            label={t("explorer.schema.nullable")}
            checked={nullable}
            onChange={(e) => setNullable(e.currentTarget.checked)}
          />
          <Textarea
            label={t("explorer.schema.comment")}
            autosize
            minRows={1}
            value={comment}
            onChange={(e) => setComment(e.currentTarget.value)}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}
