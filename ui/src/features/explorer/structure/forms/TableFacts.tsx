/** Name and comment of a table or view; and a new schema. */
import { Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Table, TableRef } from "../../model";
import { ChangeDrawer } from "../ChangeDrawer";
import type { Change } from "../schema";

interface TableFactsProps {
  tableRef: TableRef;
  table: Table;
  onClose: () => void;
  onRenamed: (to: string) => void;
}

export function TableFacts({ tableRef, table, onClose, onRenamed }: TableFactsProps) {
  const { t } = useTranslation();
  const { source, schema } = tableRef;
  const [name, setName] = useState(table.name);
  const [comment, setComment] = useState(table.comment ?? "");
  const changes: Change[] = [];
  if (comment !== (table.comment ?? ""))
    changes.push({ change: "set_table_comment", schema, table: table.name, comment: comment || null });
  if (name !== table.name) changes.push({ change: "rename_table", schema, table: table.name, to: name });
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.editNamed", { name: table.name })}
      changes={changes.length > 0 ? changes : null}
      dirty={changes.length > 0}
      apply={t("explorer.schema.apply")}
      onClose={onClose}
      onDone={() => name !== table.name && onRenamed(name)}
    >
      {(error) => (
        <Stack gap={14}>
          <TextInput
            label={t("explorer.schema.name")}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={error("to")}
          />
          <Textarea
            label={t("explorer.schema.comment")}
            autosize
            minRows={2}
            value={comment}
            onChange={(e) => setComment(e.currentTarget.value)}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}

export function NewSchema({ source, onClose }: { source: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [schema, setSchema] = useState("");
  const [comment, setComment] = useState("");
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.newSchema")}
      changes={schema ? [{ change: "create_schema", schema, ...(comment ? { comment } : {}) }] : null}
      dirty={schema !== ""}
      apply={t("explorer.schema.createSchema")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          <TextInput
            label={t("explorer.schema.name")}
            withAsterisk
            data-autofocus
            value={schema}
            onChange={(e) => setSchema(e.currentTarget.value)}
            error={error("schema")}
          />
          <TextInput
            label={t("explorer.schema.comment")}
            value={comment}
            onChange={(e) => setComment(e.currentTarget.value)}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}
