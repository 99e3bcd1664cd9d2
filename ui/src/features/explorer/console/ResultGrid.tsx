/** The rows of one statement, as PostgreSQL wrote them. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataGrid, type GridColumn } from "~/kit/grid";
import { NullMark } from "../cells/CellValue";
import classes from "./console.module.css";
import { type Cell, isNumber, isTime, type Result, textOf } from "./frames";

interface Row {
  at: number;
  cells: Cell[];
}

/** Characters of a value that are put on one line. */
const LINE = 500;

/** `over`: nothing comes any more, whether or not this statement came to its end. */
export function ResultGrid({ result, over }: { result: Result; over: boolean }) {
  const { t } = useTranslation();
  const columns = useMemo<GridColumn<Row>[]>(
    () =>
      (result.columns ?? []).map((column, i) => ({
        key: String(i),
        label: column.name,
        hint: column.type,
        align: isNumber(column.type) ? "right" : "left",
        grows: true,
        minWidth: 60,
        ...(isTime(column.type) ? { width: 216 } : {}),
        render: (row) => <Value cell={row.cells[i] ?? null} />,
        text: (row) => textOf(row.cells[i] ?? null) ?? "",
      })),
    [result.columns],
  );
  const rows = useMemo(() => result.rows.map((cells, at) => ({ at, cells })), [result.rows]);
  const { done } = result;
  return (
    <DataGrid
      columns={columns}
      rows={rows}
      rowKey={(row) => String(row.at)}
      loading={!over && done === null && rows.length === 0}
      total={{ value: done?.more ? null : rows.length, kind: done?.more ? "unknown" : "exact" }}
      density="compact"
      ariaLabel={t("explorer.sql.rows")}
      empty={done && <div className={classes.none}>{t("explorer.sql.noRows")}</div>}
    />
  );
}

function Value({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  if (cell === null) return <NullMark />;
  if (cell === "") return <span className={classes.nothing}>{t("explorer.emptyText")}</span>;
  if (typeof cell === "string") return <span title={cell.slice(0, 2000)}>{cell.slice(0, LINE)}</span>;
  return (
    <span title={t("explorer.sql.cut", { bytes: t("explorer.bytes", { count: cell.bytes }) })}>
      {cell.text.slice(0, LINE)}
      <span className={classes.cut}>… {t("explorer.bytes", { count: cell.bytes })}</span>
    </span>
  );
}
