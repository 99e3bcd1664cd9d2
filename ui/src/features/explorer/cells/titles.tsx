/**
 * Titles of the rows that foreign keys point at, looked up for many cells in one request:
 * "5 Big Ones" says more than "5". A title that can't be read is simply not shown.
 */
import { useQueries } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { writeList, writeName } from "~/kit/filter/quoting";
import { api } from "~/lib/api";
import { rowsPath } from "../data";
import type { ForeignKey, Row, Table } from "../model";

type Titles = ReadonlyMap<string, ReadonlyMap<string, string>>;

const TitlesContext = createContext<Titles>(new Map());

/** Values asked for in one request. */
const CHUNK = 100;

interface TitlesProps {
  source: string;
  table: Table;
  rows: readonly Row[];
  children: ReactNode;
}

function useful(key: ForeignKey): boolean {
  return key.columns.length === 1 && key.title_column !== null && !key.target_columns.includes(key.title_column);
}

export function TitlesProvider({ source, table, rows, children }: TitlesProps) {
  const requests = useMemo(() => {
    const out: { key: ForeignKey; values: string[] }[] = [];
    for (const key of table.foreign_keys.filter(useful)) {
      const column = key.columns[0] ?? "";
      // Page by page, so that loading more doesn't ask again for what is known.
      for (let from = 0; from < rows.length; from += CHUNK) {
        const page = rows.slice(from, from + CHUNK).map((row) => row[column]);
        const values = [...new Set(page.filter((v) => v !== null && v !== undefined).map(String))].sort();
        if (values.length > 0) out.push({ key, values });
      }
    }
    // Two pages may ask for the very same values.
    return [...new Map(out.map((one) => [`${one.key.name} ${one.values.join()}`, one])).values()];
  }, [table, rows]);

  const titles = useQueries({
    queries: requests.map(({ key, values }) => ({
      queryKey: ["rows", source, key.schema, key.table, "titles", key.target_columns[0], key.title_column, values],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchTitles(source, key, values, signal),
      staleTime: 60_000,
      retry: false,
    })),
    combine: (results): Titles => {
      const all = new Map<string, Map<string, string>>();
      results.forEach((result, i) => {
        const name = requests[i]?.key.name;
        if (!result.data || name === undefined) return;
        const known = all.get(name) ?? new Map<string, string>();
        for (const [value, title] of result.data) known.set(value, title);
        all.set(name, known);
      });
      return all;
    },
  });
  return <TitlesContext.Provider value={titles}>{children}</TitlesContext.Provider>;
}

async function fetchTitles(
  source: string,
  key: ForeignKey,
  values: readonly string[],
  signal: AbortSignal,
): Promise<[string, string][]> {
  const target = key.target_columns[0] ?? "";
  const title = key.title_column ?? "";
  const page = await api.list<Row>(rowsPath({ source, schema: key.schema, table: key.table }), {
    query: [
      ["select", `${writeName(target)},${writeName(title)}`],
      [writeName(target), `in.${writeList(values)}`],
      ["limit", String(CHUNK)],
    ],
    headers: { "Accept-Profile": key.schema },
    prefer: ["shorten=100"],
    signal,
  });
  return page.rows.flatMap((row): [string, string][] => {
    const text = row[title];
    return typeof text === "string" ? [[String(row[target]), text]] : [];
  });
}

/** The title of the row that this row's key points at, when known. */
export function useTitle(key: ForeignKey, row: Row): string | undefined {
  const titles = useContext(TitlesContext);
  return titles.get(key.name)?.get(String(row[key.columns[0] ?? ""]));
}
