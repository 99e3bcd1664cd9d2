/** Where the active cell goes for a key. Row -1 is the header. */
export interface Position {
  row: number;
  col: number;
}

/** The place of the cell that an element is or lies in; null outside of cells. */
export function placeOf(element: Element): Position | null {
  const cell = element.closest<HTMLElement>("[data-c]");
  // The row is marked once for all its cells, so that one that takes another row's place costs little.
  const row = cell?.closest<HTMLElement>("[data-r]");
  return cell && row ? { row: Number(row.dataset.r), col: Number(cell.dataset.c) } : null;
}

export interface Extent {
  rows: number;
  cols: number;
  /** Rows that fit on a screen. */
  page: number;
}

export interface Stroke {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The next position; undefined when the key doesn't move. */
export function moveTo(at: Position, stroke: Stroke, extent: Extent): Position | undefined {
  if (stroke.altKey) return undefined;
  const ctrl = stroke.ctrlKey || stroke.metaKey;
  const lastRow = extent.rows - 1;
  const lastCol = extent.cols - 1;
  const row = (n: number) => ({ col: at.col, row: Math.max(-1, Math.min(lastRow, n)) });
  const col = (n: number) => ({ row: at.row, col: Math.max(0, Math.min(lastCol, n)) });
  switch (stroke.key) {
    case "ArrowDown":
      return ctrl ? row(lastRow) : row(at.row + 1);
    case "ArrowUp":
      return ctrl ? row(Math.min(0, lastRow)) : row(at.row - 1);
    case "ArrowRight":
      return ctrl ? col(lastCol) : col(at.col + 1);
    case "ArrowLeft":
      return ctrl ? col(0) : col(at.col - 1);
    case "j":
      return ctrl || stroke.shiftKey ? undefined : row(at.row + 1);
    case "k":
      return ctrl || stroke.shiftKey ? undefined : row(Math.max(0, at.row - 1));
    case "PageDown":
      return row(at.row + extent.page);
    case "PageUp":
      return row(Math.max(0, at.row - extent.page));
    case "Home":
      return ctrl ? { row: Math.min(0, lastRow), col: 0 } : col(0);
    case "End":
      return ctrl ? { row: lastRow, col: lastCol } : col(lastCol);
    default:
      return undefined;
  }
}
