/** How wide the growing columns would have to be to show the first rows whole. */
import { type RefObject, useMemo, useRef } from "react";
import { fittingWidth, fontOf } from "./fit";
import type { GridColumn } from "./types";

const NONE: ReadonlyMap<string, number> = new Map();

/** Taken once, when the first rows are there: columns that move while one scrolls or filters would be a nuisance. */
export function useNeeds<Row>(
  columns: readonly GridColumn<Row>[],
  rows: readonly Row[],
  scroller: RefObject<HTMLElement | null>,
  measured: boolean,
): ReadonlyMap<string, number> {
  const latest = useRef(rows);
  latest.current = rows;
  const filled = measured && rows.length > 0;
  return useMemo(() => {
    if (!filled) return NONE;
    const font = fontOf(scroller.current);
    const need = (column: GridColumn<Row>) =>
      typeof column.grows === "number" ? column.grows : fittingWidth(column, latest.current, font);
    return new Map(columns.filter((column) => column.grows).map((column) => [column.key, need(column)]));
  }, [columns, filled, scroller]);
}
