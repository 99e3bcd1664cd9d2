/** A rule of a table: a check, a unique, a primary key, or a reference to another table. */
import { Checkbox, MultiSelect, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tableQuery, tablesQuery } from "../../data";
import type { Table, TableRef } from "../../model";
import { ChangeDrawer } from "../ChangeDrawer";
import plan from "../plan.module.css";
import type { Change } from "../schema";

const KINDS = ["check", "unique", "foreign_key", "primary_key"] as const;
type Kind = (typeof KINDS)[number];
const REACTIONS = ["no_action", "restrict", "cascade", "set_null", "set_default"] as const;

export function AddRule({ tableRef, table, onClose }: { tableRef: TableRef; table: Table; onClose: () => void }) {
  const { t } = useTranslation();
  const { source, schema } = tableRef;
  const [kind, setKind] = useState<Kind>("check");
  const [typed, setTyped] = useState<string | null>(null);
  const [expression, setExpression] = useState("");
  const [columns, setColumns] = useState<string[]>([]);
  const [target, setTarget] = useState<string | null>(null);
  const [targetColumns, setTargetColumns] = useState<string[] | null>(null);
  const [onDelete, setOnDelete] = useState<string>("no_action");
  const [later, setLater] = useState(false);

  const tables = useQuery(tablesQuery(source));
  const choices = (tables.data ?? []).filter(
    (one) => !one.panel && (one.kind === "table" || one.kind === "partitioned"),
  );
  const chosen = choices.find((one) => `${one.schema}.${one.name}` === target);
  const there = useQuery({
    ...tableQuery({ source, schema: chosen?.schema ?? "", table: chosen?.name ?? "" }),
    enabled: chosen !== undefined,
  });
  const theirs = targetColumns ?? there.data?.primary_key ?? [];

  const suffix = { check: "check", unique: "key", foreign_key: "fkey", primary_key: "pkey" }[kind];
  const suggested = [table.name, ...(kind === "primary_key" ? [] : columns), suffix].join("_");
  const name = typed ?? suggested;
  const rule = ((): Record<string, unknown> | null => {
    if (kind === "check") return expression.trim() ? { kind, expression } : null;
    if (columns.length === 0) return null;
    if (kind !== "foreign_key") return { kind, columns };
    if (!chosen || theirs.length === 0) return null;
    return {
      kind,
      columns,
      target_schema: chosen.schema,
      target_table: chosen.name,
      target_columns: theirs,
      on_delete: onDelete,
    };
  })();
  const canWait = kind === "check" || kind === "foreign_key";
  const changes: Change[] | null = rule && [
    { change: "add_constraint", schema, table: table.name, name, rule, not_valid: canWait && later },
  ];
  const own = table.columns.map((column) => column.name);
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.addRuleTo", { table: table.name })}
      changes={changes}
      dirty={rule !== null}
      apply={t("explorer.schema.addRule")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          <SegmentedControl
            size="xs"
            aria-label={t("explorer.schema.kind")}
            data={KINDS.filter((one) => one !== "primary_key" || table.primary_key.length === 0).map((value) => ({
              value,
              label: t(`explorer.schema.rules.${value}`),
            }))}
            value={kind}
            onChange={(next) => setKind(next as Kind)}
          />
          {kind === "check" ? (
            <TextInput
              label={t("explorer.schema.checkExpression")}
              description={t("explorer.schema.checkHelp")}
              classNames={{ input: plan.mono }}
              data-autofocus
              placeholder="price >= 0"
              value={expression}
              onChange={(e) => setExpression(e.currentTarget.value)}
              error={error("rule.expression")}
            />
          ) : (
            <MultiSelect
              label={t("explorer.schema.columns")}
              data={own}
              value={columns}
              onChange={setColumns}
              error={error("rule.columns")}
              searchable
            />
          )}
          {kind === "foreign_key" && (
            <>
              <Select
                label={t("explorer.schema.target")}
                data={choices.map((one) => `${one.schema}.${one.name}`)}
                value={target}
                onChange={(next) => {
                  setTarget(next);
                  setTargetColumns(null);
                }}
                searchable
                error={error("rule.target_table")}
              />
              <MultiSelect
                label={t("explorer.schema.targetColumns")}
                data={there.data?.columns.map((column) => column.name) ?? []}
                value={theirs}
                onChange={setTargetColumns}
                error={error("rule.target_columns")}
                disabled={!there.data}
              />
              <Select
                label={t("explorer.schema.onDelete")}
                data={REACTIONS.map((value) => ({ value, label: t(`explorer.onDelete.${value}`) }))}
                value={onDelete}
                allowDeselect={false}
                onChange={(next) => setOnDelete(next ?? "no_action")}
              />
            </>
          )}
          <TextInput
            label={t("explorer.schema.name")}
            value={name}
            onChange={(e) => setTyped(e.currentTarget.value)}
            error={error("name")}
          />
          {canWait && (
            <Checkbox
              label={t("explorer.schema.notValid")}
              description={t("explorer.schema.notValidHelp")}
              checked={later}
              onChange={(e) => setLater(e.currentTarget.checked)}
            />
          )}
        </Stack>
      )}
    </ChangeDrawer>
  );
}
