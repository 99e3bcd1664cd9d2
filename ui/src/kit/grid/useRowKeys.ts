/** The keys of rows. Pages are added at the end, of many thousands of rows in the end: only the new ones are looked at. */
import { useMemo, useRef } from "react";

export function useRowKeys<Row>(rows: readonly Row[], rowKey: (row: Row) => string): readonly string[] {
  const before = useRef<{ rows: readonly Row[]; rowKey: (row: Row) => string; keys: readonly string[] }>(undefined);
  return useMemo(() => {
    const old = before.current;
    let same = 0;
    if (old?.rowKey === rowKey) {
      while (same < rows.length && same < old.rows.length && rows[same] === old.rows[same]) same++;
    }
    const keys = (old?.keys.slice(0, same) ?? []).concat(rows.slice(same).map(rowKey));
    before.current = { rows, rowKey, keys };
    return keys;
  }, [rows, rowKey]);
}
