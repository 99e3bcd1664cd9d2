/** Which rows and columns are on screen. The active cell always is, so that focus is never lost by scrolling. */
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useLayoutEffect } from "react";
import type { Layout } from "./columns";

/** With fewer columns than this all are rendered, which keeps reading order simple for screen readers. */
const FEW_COLUMNS = 24;

interface Options<Row> {
  scroller: RefObject<HTMLDivElement | null>;
  layout: Layout<Row>;
  rowCount: number;
  rowHeight: number;
  headHeight: number;
  gutter: number;
  activeRow: number;
  activeColumn: number;
}

export function useVirtualCells<Row>(o: Options<Row>) {
  const { layout, activeRow, activeColumn, rowCount } = o;
  const { placed, pinnedCount } = layout;
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => o.scroller.current,
    estimateSize: () => o.rowHeight,
    overscan: 10,
    // Both listen to the same scrolling: one at a time each would make the browser lay out the page for the other.
    useFlushSync: false,
    scrollMargin: o.headHeight,
    scrollPaddingStart: o.headHeight,
    rangeExtractor: useCallback(
      (range: Range) => withExtra(defaultRangeExtractor(range), activeRow, range.count),
      [activeRow],
    ),
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: placed.length,
    getScrollElement: () => o.scroller.current,
    estimateSize: (i) => placed[i]?.width ?? 0,
    overscan: 3,
    useFlushSync: false,
    paddingStart: o.gutter,
    scrollPaddingStart: o.gutter + (placed[pinnedCount]?.left ?? 0),
    rangeExtractor: useCallback(
      (range: Range) => {
        if (placed.length <= FEW_COLUMNS) return placed.map((_, i) => i);
        let indices = defaultRangeExtractor(range);
        for (let i = 0; i < pinnedCount; i++) indices = withExtra(indices, i, range.count);
        return withExtra(indices, activeColumn, range.count);
      },
      [placed, pinnedCount, activeColumn],
    ),
  });
  const { rowHeight } = o;
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are cached inside and must be taken anew
  useLayoutEffect(() => rows.measure(), [rowHeight, rows]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above, for widths and order
  useLayoutEffect(() => columns.measure(), [layout, columns]);
  return { rows, columns };
}

function withExtra(indices: number[], extra: number, count: number): number[] {
  if (extra < 0 || extra >= count || indices.includes(extra)) return indices;
  return [...indices, extra].sort((a, b) => a - b);
}
