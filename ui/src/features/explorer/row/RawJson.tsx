/** The row as JSON. */
import { CopyButton } from "~/primitives/copy-button";
import { prettyJson } from "../editors/json/exact";
import { isShortened, type Row, type Table } from "../model";
import classes from "./row.module.css";

export function RawJson({ table, row }: { table: Table; row: Row }) {
  const text = rowJson(table, row);
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
export function rowJson(table: Table, row: Row): string {
  const lines = table.columns
    .filter((column) => column.readable)
    .map((column) => {
      const value = row[column.name];
      const json =
        column.category === "json" && typeof value === "string"
          ? prettyJson(value)
          : JSON.stringify(isShortened(value) ? `${value.$short}…` : (value ?? null), null, 2);
      return `  ${JSON.stringify(column.name)}: ${json.replaceAll("\n", "\n  ")}`;
    });
  return `{\n${lines.join(",\n")}\n}`;
}
