/** The width that shows a column's loaded values without cutting them. */
import type { GridColumn } from "./types";

const PADDING = 28;
const HEADER_EXTRA = 44;
const WIDEST = 480;

/** The font the cells are written in. */
export function fontOf(element: HTMLElement | null): string {
  const style = element ? getComputedStyle(element) : null;
  return style ? `${style.fontWeight} ${style.fontSize} ${style.fontFamily}` : "13px sans-serif";
}

export function fittingWidth<Row>(column: GridColumn<Row>, rows: readonly Row[], font: string): number {
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return column.width ?? 160;
  pen.font = font;
  let widest = pen.measureText(column.label).width + HEADER_EXTRA;
  // A few hundred rows decide well enough and measure in a few milliseconds.
  for (const row of rows.slice(0, 300)) {
    const text = column.text?.(row) ?? "";
    widest = Math.max(widest, pen.measureText(text.slice(0, 200)).width + PADDING);
  }
  return Math.min(WIDEST, Math.ceil(widest));
}
