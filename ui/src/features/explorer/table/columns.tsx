/** A table's columns as the grid and the filter bar want them. */
import type { TFunction } from "i18next";
import { Eye, KeyRound, Link2, Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { FilterColumn } from "~/kit/filter";
import { type CellEditorProps, type GridColumn, roomForLabel } from "~/kit/grid";
import { toldReason } from "~/lib/refusals/told";
import { CellValue, LeftToDatabase } from "../cells/CellValue";
import { ForeignCell } from "../cells/ForeignCell";
import { foreignKeyOf } from "../cells/foreign";
import { copyText } from "../cells/text";
import { facetsOf } from "../data";
import type { Column, Row, Table, TableRef } from "../model";
import { insertable } from "../row/form";
import { shortType } from "../types-text";
import classes from "./table.module.css";

const WIDTH: Partial<Record<Column["category"], number>> = {
  int: 110,
  // 19 digits and a sign.
  bigint: 192,
  numeric: 130,
  float: 170,
  bool: 96,
  date: 120,
  time: 110,
  timestamp: 236,
  timestamptz: 236,
  uuid: 200,
  text: 200,
  json: 260,
  array: 200,
};
/** Of no foreseeable length. */
const GROWING: readonly Column["category"][] = ["text", "json", "array"];
const NUMBERS: readonly Column["category"][] = ["int", "bigint", "numeric", "float"];

/** Numbered by the database from 1, so that its values are short. */
function isCounted(column: Column): boolean {
  return column.identity !== null || column.default?.startsWith("nextval(") === true;
}

/** Why a column can't be changed by anyone; null when it can. */
export function readOnlyReason(table: Table, column: Column, t: TFunction): string | null {
  if (!table.update.allowed) return toldReason(table.update.reason) ?? t("explorer.readOnlyTable");
  if (column.generated) return t("explorer.readOnlyGenerated");
  if (!column.readable) return toldReason(column.hidden_reason) ?? t("explorer.readOnlyColumn");
  if (column.identity === "always") return t("explorer.readOnlyIdentity");
  return column.writable ? null : notWritable(column, t);
}

/** Why a column that can be seen is not written. */
export function notWritable(column: Column, t: TFunction): string {
  return column.unknown_type
    ? t("explorer.readOnlyUnknown", { type: column.unknown_type })
    : t("explorer.readOnlyColumn");
}

/** Why a column of a new row can't be written; null when it can. */
export function notInsertable(column: Column, t: TFunction): string | null {
  if (insertable(column)) return null;
  if (column.generated) return t("explorer.readOnlyGenerated");
  if (column.identity === "always") return t("explorer.readOnlyIdentity");
  return toldReason(column.hidden_reason) ?? notWritable(column, t);
}

/** Why a column is no target of values that come from elsewhere, behind its name in a list of targets. */
export function leftOut(column: Column, reason: string): { value: string; label: string; disabled: true } {
  return { value: column.name, label: `${column.name} · ${shortType(column.type)} (${reason})`, disabled: true };
}

function widthOf(column: Column, titled: boolean): number {
  if (titled) return 220;
  if (column.primary_key !== null && (column.category === "int" || isCounted(column))) return 104;
  return WIDTH[column.category] ?? 160;
}

export function gridColumns(
  source: string,
  table: Table,
  t: TFunction,
  editor: (column: Column, props: CellEditorProps<Row>) => ReactNode,
): GridColumn<Row>[] {
  return table.columns.map((column): GridColumn<Row> => {
    const key = foreignKeyOf(table.foreign_keys, column.name);
    const reason = readOnlyReason(table, column, t);
    // Keys are names, not amounts: they are read from the left.
    const numeric = NUMBERS.includes(column.category) && !key && column.primary_key === null;
    return {
      key: column.name,
      label: column.name,
      category: column.category,
      hint: shortType(column.type),
      badge: <Marks column={column} foreign={key !== undefined} t={t} />,
      description: <Description column={column} table={table} t={t} />,
      align: numeric ? "right" : "left",
      width: roomForLabel(column.name, widthOf(column, key !== undefined && key.title_column !== null)),
      // Beside a key stands the name of what it points at, which comes later.
      grows: key?.title_column != null ? 320 : GROWING.includes(column.category),
      sortable: column.readable && column.sortable,
      render: (row) =>
        row.$new !== undefined && row[column.name] === undefined ? (
          <LeftToDatabase />
        ) : key && column.readable ? (
          <ForeignCell source={source} column={column} foreignKey={key} row={row} />
        ) : (
          <CellValue value={row[column.name]} column={column} />
        ),
      text: (row) => copyText(row[column.name], column),
      editable: (row) => (row.$new === undefined ? reason : notInsertable(column, t)) ?? true,
      editor: (props) => editor(column, props),
    };
  });
}

/** Kinds of values of which some are more common than others. */
const COMMON: readonly Column["category"][] = ["text", "int", "bigint", "numeric", "bool", "date", "enum", "network"];

export function filterColumns(ref: TableRef, table: Table): FilterColumn[] {
  return table.columns
    .filter((column) => column.readable)
    .map((column) => ({
      name: column.name,
      label: column.name,
      category: column.category,
      nullable: column.nullable,
      operators: column.operators,
      empty: column.empty,
      ...(column.type === "tsvector" ? { textSearch: true } : {}),
      ...(COMMON.includes(column.category) ? { facets: facetsOf(ref, column.name) } : {}),
      ...(column.category === "enum" && column.enum_values ? { enumValues: column.enum_values } : {}),
    }));
}

export function Marks({ column, foreign, t }: { column: Column; foreign: boolean; t: TFunction }) {
  return (
    <>
      {column.primary_key !== null && (
        <KeyRound size={12} className={classes.keyMark} aria-label={t("explorer.primaryKey")} />
      )}
      {foreign && <Link2 size={12} className={classes.linkMark} aria-label={t("explorer.foreignKey")} />}
      {column.sensitive && column.readable && (
        <Eye size={12} className={classes.linkMark} aria-label={t("explorer.masking.revealed")} />
      )}
      {!column.readable && <Lock size={12} className={classes.linkMark} aria-label={t("explorer.hidden")} />}
    </>
  );
}

function Description({ column, table, t }: { column: Column; table: Table; t: TFunction }) {
  const key = foreignKeyOf(table.foreign_keys, column.name);
  const facts = [
    column.type,
    column.nullable ? t("explorer.nullable") : t("explorer.notNull"),
    column.primary_key !== null && t("explorer.primaryKey"),
    key && t("explorer.pointsAt", { table: `${key.schema}.${key.table}` }),
    column.generated && t("explorer.generated"),
    column.identity && t("explorer.identity"),
    column.default && t("explorer.defaultIs", { value: column.default }),
    column.category === "timestamptz" &&
      t("explorer.shownIn", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
    toldReason(column.hidden_reason),
    column.readable && column.unknown_type && notWritable(column, t),
  ].filter(Boolean);
  return (
    <>
      {column.comment && <div className={classes.comment}>{column.comment}</div>}
      {facts.map((fact) => (
        <div key={String(fact)}>{fact}</div>
      ))}
    </>
  );
}
