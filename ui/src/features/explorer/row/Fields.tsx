/** The fields of a row to read: whole values, links to the rows they point at. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { Pencil } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/primitives/copy-button";
import { CellValue } from "../cells/CellValue";
import { ForeignCell } from "../cells/ForeignCell";
import { foreignKeyOf } from "../cells/foreign";
import { copyText } from "../cells/text";
import { TitlesProvider } from "../cells/titles";
import { prettyJson } from "../editors/json/exact";
import { localText, readInstant, utcText } from "../editors/timestamptz/zone";
import { type Column, isShortened, type Row, type Table } from "../model";
import { Marks, readOnlyReason } from "../table/columns";
import { shortType } from "../types-text";
import classes from "./row.module.css";

interface FieldsProps {
  source: string;
  table: Table;
  row: Row;
  onEdit: (field: string) => void;
}

export function Fields({ source, table, row, onEdit }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <TitlesProvider source={source} table={table} rows={[row]}>
      <dl className={classes.fields}>
        {table.columns.map((column) => {
          const key = foreignKeyOf(table.foreign_keys, column.name);
          const value = row[column.name];
          const reason = readOnlyReason(table, column, t);
          return (
            <div key={column.name} className={classes.fact}>
              <dt title={column.comment ?? undefined}>
                <span className={classes.fieldLabel}>
                  <Marks column={column} foreign={key !== undefined} t={t} />
                  {column.name}
                </span>
                <span className={classes.fieldType}>{shortType(column.type)}</span>
              </dt>
              <dd>
                <div className={classes.value}>
                  {key && column.readable ? (
                    <ForeignCell source={source} column={column} foreignKey={key} row={row} tabbable />
                  ) : (
                    <WholeValue value={value} column={column} />
                  )}
                </div>
                <div className={classes.tools}>
                  {value !== null && value !== undefined && !isShortened(value) && (
                    <CopyButton
                      value={copyText(value, column)}
                      label={t("explorer.copyField", { field: column.name })}
                    />
                  )}
                  <Tooltip label={reason ?? t("explorer.editField", { field: column.name })}>
                    <ActionIcon
                      size={24}
                      variant="subtle"
                      color="gray"
                      aria-label={t("explorer.editField", { field: column.name })}
                      data-disabled={reason !== null || undefined}
                      aria-disabled={reason !== null}
                      onClick={() => reason === null && onEdit(column.name)}
                    >
                      <Pencil size={13} />
                    </ActionIcon>
                  </Tooltip>
                </div>
              </dd>
            </div>
          );
        })}
      </dl>
    </TitlesProvider>
  );
}

/** Long text with its line breaks, JSON indented; everything else as in a cell. */
function WholeValue({ value, column }: { value: unknown; column: Column }) {
  if (column.readable && column.category === "json" && typeof value === "string") {
    return <pre className={classes.code}>{prettyJson(value)}</pre>;
  }
  const instant = column.category === "timestamptz" && column.readable && readInstant(String(value));
  if (instant) return <span title={utcText(instant)}>{localText(instant)}</span>;
  return <CellValue value={value} column={column} />;
}
