/** What the editor completes: every table of the source, and the columns of those that the text names. */
import type { SQLNamespace } from "@codemirror/lang-sql";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { tableQuery, tablesQuery } from "../data";
import type { TableSummary } from "../model";

/** Tables whose columns are asked for. */
const MOST = 12;

export function namedIn(text: string, tables: readonly TableSummary[]): TableSummary[] {
  const words = new Set(text.toLowerCase().match(/[\w$\u0080-\uffff]+/g) ?? []);
  return tables.filter((table) => words.has(table.name.toLowerCase())).slice(0, MOST);
}

export function useSchema(source: string, text: string): SQLNamespace {
  const tables = useQuery(tablesQuery(source)).data;
  const [settled] = useDebouncedValue(text, 400);
  const named = useMemo(() => namedIn(settled, tables ?? []), [settled, tables]);
  const columns = useQueries({
    queries: named.map((table) => tableQuery({ source, schema: table.schema, table: table.name })),
    combine: (found) =>
      found
        .map((one) => one.data)
        .filter((one) => one !== undefined)
        .map((one) => ({
          name: `${one.schema}.${one.name}`,
          columns: one.columns.filter((column) => column.readable),
        })),
  });
  const known = JSON.stringify(columns.map((one) => [one.name, one.columns.map((column) => column.name)]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: columns are new with every answer, their names are not
  return useMemo(() => {
    const schema: Record<string, Record<string, SQLNamespace>> = {};
    for (const table of tables ?? []) {
      const of = columns.find((one) => one.name === `${table.schema}.${table.name}`);
      const within = schema[table.schema] ?? {};
      within[table.name] = (of?.columns ?? []).map((column) => ({ label: column.name, detail: column.type }));
      schema[table.schema] = within;
    }
    return schema as SQLNamespace;
  }, [tables, known]);
}
