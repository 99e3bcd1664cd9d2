/** Which columns get which values. */
import { ActionIcon, NativeSelect, Stack } from "@mantine/core";
import type { TFunction } from "i18next";
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { foreignKeyOf } from "../cells/foreign";
import type { Draft } from "../editors/draft";
import type { Column, Table } from "../model";
import { FieldRow } from "../row/FieldRow";
import { type Drafts, type FormProblem, hasDefault } from "../row/form";
import { leftOut, notWritable } from "../table/columns";
import { shortType } from "../types-text";
import classes from "./batch.module.css";

interface SetColumnsProps {
  source: string;
  table: Table;
  drafts: Drafts;
  problems: Record<string, FormProblem>;
  /** Said by the server. */
  refusals: readonly { field: string; message: string }[];
  onChange: (drafts: Drafts) => void;
}

/** A column that can be set in many rows at once: the key tells them apart. */
export const settable = (column: Column) => column.writable && column.primary_key === null && !column.generated;

function whyNot(column: Column, t: TFunction): string {
  if (column.generated) return t("explorer.readOnlyGenerated");
  if (column.primary_key !== null) return t("explorer.batch.keyColumn");
  return column.readable ? notWritable(column, t) : (column.hidden_reason ?? t("explorer.readOnlyColumn"));
}

export function SetColumns({ source, table, drafts, problems, refusals, onChange }: SetColumnsProps) {
  const { t } = useTranslation();
  const top = useRef<HTMLDivElement>(null);
  const [added, setAdded] = useState<string | null>(null);
  // What was chosen is what is filled in next.
  useEffect(() => {
    if (added === null) return;
    const fields = top.current?.querySelectorAll<HTMLElement>("[data-field]") ?? [];
    const field = [...fields].find((one) => one.dataset.field === added);
    field?.querySelector<HTMLElement>("input, textarea, select, [contenteditable]")?.focus();
  }, [added]);
  const set = (name: string, draft: Draft) => onChange({ ...drafts, [name]: draft });
  const remove = (name: string) => {
    const { [name]: _gone, ...rest } = drafts;
    onChange(rest);
  };
  const chosen = Object.keys(drafts).flatMap((name) => table.columns.find((column) => column.name === name) ?? []);
  // What can't be set is in the list, too, and says why.
  const others = table.columns
    .filter((column) => !settable(column))
    .map((column) => leftOut(column, whyNot(column, t)));
  const open = table.columns.filter((column) => settable(column) && !(column.name in drafts));
  return (
    <Stack gap={12} ref={top}>
      {chosen.map((column) => (
        <div key={column.name} className={classes.column}>
          <div className={classes.field}>
            <FieldRow
              source={source}
              column={column}
              foreignKey={foreignKeyOf(table.foreign_keys, column.name)}
              draft={drafts[column.name] ?? { text: "", isNull: false }}
              onDraft={(draft) => set(column.name, draft)}
              problem={problems[column.name]}
              refusal={refusals.find((one) => one.field === column.name)?.message ?? null}
              disabledReason={null}
              withDefault={hasDefault(column)}
            />
          </div>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("explorer.batch.leaveColumn", { column: column.name })}
            onClick={() => remove(column.name)}
          >
            <X size={14} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {(open.length > 0 || chosen.length === 0) && (
        <NativeSelect
          label={t(chosen.length === 0 ? "explorer.batch.whichColumn" : "explorer.batch.anotherColumn")}
          data-autofocus={chosen.length === 0 || undefined}
          value=""
          onChange={(e) => {
            set(e.currentTarget.value, { text: "", isNull: false });
            setAdded(e.currentTarget.value);
          }}
          data={[
            { value: "", label: t("explorer.batch.chooseColumn") },
            ...open.map(({ name, type }) => ({ value: name, label: `${name} · ${shortType(type)}` })),
            ...others,
          ]}
        />
      )}
    </Stack>
  );
}
