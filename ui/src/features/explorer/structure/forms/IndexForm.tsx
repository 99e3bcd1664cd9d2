/** A new index. */
import { Checkbox, Group, MultiSelect, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Table, TableRef } from "../../model";
import { ChangeDrawer } from "../ChangeDrawer";
import plan from "../plan.module.css";
import type { Change } from "../schema";

const METHODS = ["btree", "hash", "gin", "gist", "spgist", "brin"];

export function AddIndex({ tableRef, table, onClose }: { tableRef: TableRef; table: Table; onClose: () => void }) {
  const { t } = useTranslation();
  const { source, schema } = tableRef;
  const [columns, setColumns] = useState<string[]>([]);
  const [expression, setExpression] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const [method, setMethod] = useState("btree");
  const [unique, setUnique] = useState(false);
  const [only, setOnly] = useState("");
  const [concurrently, setConcurrently] = useState(table.kind !== "partitioned");
  const name = typed ?? [table.name, ...columns, ...(expression.trim() ? ["expr"] : []), "idx"].join("_").slice(0, 63);
  const keys = [
    ...columns.map((column) => ({ column })),
    ...(expression.trim() ? [{ expression: expression.trim() }] : []),
  ];
  const changes: Change[] | null =
    keys.length > 0
      ? [
          {
            change: "create_index",
            schema,
            table: table.name,
            name,
            keys,
            unique,
            method,
            concurrently,
            ...(only.trim() ? { where: only.trim() } : {}),
          },
        ]
      : null;
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.addIndexTo", { table: table.name })}
      changes={changes}
      dirty={keys.length > 0}
      apply={t("explorer.schema.addIndex")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          <MultiSelect
            label={t("explorer.schema.columns")}
            description={t("explorer.schema.indexOrder")}
            data={table.columns.map((column) => column.name)}
            value={columns}
            onChange={setColumns}
            error={error("keys")}
            searchable
          />
          <TextInput
            label={t("explorer.schema.indexExpression")}
            classNames={{ input: plan.mono }}
            placeholder="lower(title)"
            value={expression}
            onChange={(e) => setExpression(e.currentTarget.value)}
            error={error(`keys.${columns.length}.expression`)}
          />
          <TextInput
            label={t("explorer.schema.indexWhere")}
            description={t("explorer.schema.indexWhereHelp")}
            classNames={{ input: plan.mono }}
            placeholder="deleted_at is null"
            value={only}
            onChange={(e) => setOnly(e.currentTarget.value)}
            error={error("where")}
          />
          <Group grow align="flex-start">
            <TextInput
              label={t("explorer.schema.name")}
              value={name}
              onChange={(e) => setTyped(e.currentTarget.value)}
              error={error("name")}
            />
            <Select
              label={t("explorer.schema.method")}
              data={METHODS}
              value={method}
              allowDeselect={false}
              onChange={(next) => setMethod(next ?? "btree")}
              error={error("method")}
            />
          </Group>
          <Checkbox
            label={t("explorer.schema.uniqueIndex")}
            checked={unique}
            onChange={(e) => setUnique(e.currentTarget.checked)}
          />
          <Checkbox
            label={t("explorer.schema.concurrently")}
            description={t("explorer.schema.concurrentlyHelp")}
            checked={concurrently}
            onChange={(e) => setConcurrently(e.currentTarget.checked)}
            error={error("concurrently")}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}
