/** The row as JSON, whole values included. */
import { useQuery } from "@tanstack/react-query";
import { CopyButton } from "~/primitives/copy-button";
import { fetchFull, rowsKey } from "../data";
import { prettyJson } from "../editors/json/exact";
import { isShortened, type Row, type Table, type TableRef } from "../model";
import classes from "./row.module.css";

interface RawJsonProps {
  tableRef: TableRef;
  table: Table;
  row: Row;
  rowKey: string;
}

export function RawJson({ tableRef, table, row, rowKey }: RawJsonProps) {
  const readable = table.columns.filter((c) => c.readable);
  const lossy = readable.some((c) => isShortened(row[c.name]) || (c.category === "json" && row[c.name] !== null));
  const full = useQuery({
    queryKey: [...rowsKey(tableRef), "full", rowKey, row.$version],
    queryFn: () => fetchFull(tableRef, table, rowKey, readable),
    enabled: lossy && table.primary_key.length > 0,
    staleTime: 5_000,
  });
  const text = rowText(full.data ?? row, table, full.data != null);
  return (
    <div className={classes.raw}>
      <div className={classes.rawCopy}>
        <CopyButton value={text} />
      </div>
      <pre className={classes.code}>{text}</pre>
    </div>
  );
}

/** Put together by hand, because JSON columns are text here and must keep every digit of their numbers. */
function rowText(row: Row, table: Table, jsonIsText: boolean): string {
  const lines = table.columns
    .filter((column) => column.readable)
    .map((column) => {
      const value = row[column.name];
      const json =
        jsonIsText && column.category === "json" && typeof value === "string"
          ? prettyJson(value)
          : JSON.stringify(value ?? null, null, 2);
      return `  ${JSON.stringify(column.name)}: ${json.replaceAll("\n", "\n  ")}`;
    });
  return `{\n${lines.join(",\n")}\n}`;
}
