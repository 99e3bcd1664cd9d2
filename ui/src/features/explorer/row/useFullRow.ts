/** A row with its whole values, fetched when the list had shortened some. */
import { useQuery } from "@tanstack/react-query";
import { fetchFull, rowsKey } from "../data";
import { isShortened, type Row, type Table, type TableRef } from "../model";

/** Larger values stay shortened when only looked at, in characters; editing and copying fetch them all the same. */
const READABLE = 100_000;

export function useFullRow(tableRef: TableRef, table: Table, row: Row, rowKey: string): Row {
  const cut = table.columns.filter((c) => {
    const value = row[c.name];
    return isShortened(value) && value.$size <= READABLE;
  });
  const full = useQuery({
    queryKey: [...rowsKey(tableRef), "full", rowKey, row.$version, cut.map((c) => c.name)],
    queryFn: () => fetchFull(tableRef, table, rowKey, cut),
    enabled: cut.length > 0 && table.primary_key.length > 0,
    staleTime: 60_000,
  });
  return full.data ? { ...row, ...full.data } : row;
}
