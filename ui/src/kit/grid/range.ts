/** Blocks of cells as data: what is marked, what a spreadsheet puts on the clipboard, which cell gets which text. */
import type { Position } from "./navigation";

/** Rows and columns from-to, both included; columns count the gutter. */
export interface CellRange {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** The cells between two corners; just the one without an anchor. */
export function rangeOf(anchor: Position | null, active: Position): CellRange {
  const other = anchor ?? active;
  return {
    top: Math.min(other.row, active.row),
    bottom: Math.max(other.row, active.row),
    left: Math.min(other.col, active.col),
    right: Math.max(other.col, active.col),
  };
}

export function isSingle(range: CellRange): boolean {
  return range.top === range.bottom && range.left === range.right;
}

/** Tab-separated text as rows of cells; a quoted cell may hold tabs, line breaks and doubled quotes. */
export function readTsv(text: string): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  const body = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  while (at <= body.length) {
    let cell = "";
    const quoted = body[at] === '"' ? /"((?:[^"]|"")*)"(?=[\t\n]|$)/y : null;
    if (quoted) quoted.lastIndex = at;
    const found = quoted?.exec(body);
    if (found) {
      cell = (found[1] ?? "").replaceAll('""', '"');
      at += found[0].length;
    } else {
      const plain = /[^\t\n]*/y;
      plain.lastIndex = at;
      cell = plain.exec(body)?.[0] ?? "";
      at += cell.length;
    }
    cells.push(cell);
    if (body[at] !== "\t") {
      rows.push(cells);
      cells = [];
    }
    at += 1;
  }
  return rows;
}

export interface Placed extends Position {
  text: string;
}

/**
 * Which cell gets which text: a block goes where it begins, and again as often as the marked cells hold it whole; a
 * single value goes into every marked cell. What lies beyond the grid is left out.
 */
export function spread(block: readonly (readonly string[])[], range: CellRange, rows: number, cols: number): Placed[] {
  const height = block.length;
  const width = Math.max(0, ...block.map((line) => line.length));
  if (height === 0 || width === 0) return [];
  const repeat = (size: number, marked: number) => (marked % size === 0 ? marked : size);
  const down = repeat(height, range.bottom - range.top + 1);
  const along = repeat(width, range.right - range.left + 1);
  const placed: Placed[] = [];
  for (let r = 0; r < down; r++) {
    for (let c = 0; c < along; c++) {
      const at = { row: range.top + r, col: range.left + c };
      const text = block[r % height]?.[c % width];
      if (text !== undefined && at.row < rows && at.col < cols) placed.push({ ...at, text });
    }
  }
  return placed;
}
