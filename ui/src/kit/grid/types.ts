/**
 * What a page tells the data grid and hears back from it.
 *
 * The grid holds no data of its own: rows, sort, selection and column layout come in and go out,
 * so that a page can keep them in the address bar.
 */
import type { ReactNode } from "react";
import type { Category } from "../filter/types";

export type Density = "compact" | "normal" | "relaxed";

/** Row height in pixels. */
export const ROW_HEIGHT: Record<Density, number> = { compact: 28, normal: 36, relaxed: 44 };

/** One term of a sort; the first in the list weighs most. */
export interface SortTerm {
  key: string;
  desc: boolean;
}

/** Sum of what is known about the number of rows. */
export interface GridTotal {
  /** Number of rows matching; null while unknown. */
  value: number | null;
  kind: "exact" | "estimated" | "unknown";
  /** An exact count is on its way. */
  counting?: boolean;
}

/** Differences from the default column layout; an empty object is the default. */
export interface ColumnState {
  /** Keys in display order; columns not named keep their place after those named. */
  order?: readonly string[];
  hidden?: readonly string[];
  /** Columns hidden by default that are shown. */
  shown?: readonly string[];
  /** Keys pinned to the left edge, in order. */
  pinned?: readonly string[];
  /** Width in pixels by key. */
  widths?: Readonly<Record<string, number>>;
}

/** Rows chosen by key; `all` = every matching row but the keys in `except`. */
export interface GridSelection {
  keys: readonly string[];
  all?: boolean;
  except?: readonly string[];
}

export const NO_SELECTION: GridSelection = { keys: [] };

/** Where focus goes after an edit. */
export type EditMove = "stay" | "down" | "up" | "next" | "previous";

export interface CellEditorProps<Row> {
  row: Row;
  column: GridColumn<Row>;
  /** Sends the value; resolves when it is stored. A rejected promise leaves the editor open. */
  commit: (value: unknown, move?: EditMove) => Promise<void>;
  cancel: () => void;
  /** True while the value is being sent. */
  saving: boolean;
  /** Why the last attempt was refused, in words. */
  error: string | null;
}

export interface CellEdit<Row> {
  row: Row;
  column: GridColumn<Row>;
  value: unknown;
}

/** A cell that several are changed with: by a text from the clipboard, by the value of another row, or emptied. */
export interface GridCell<Row> {
  row: Row;
  column: GridColumn<Row>;
  /** What was pasted. */
  text?: string;
  /** The row whose value it gets. */
  from?: Row;
}

export interface GridCells<Row> {
  kind: "paste" | "fill" | "clear";
  cells: readonly GridCell<Row>[];
}

/** What is to be seen of a cell besides its value. */
export interface CellMark {
  /** Not stored yet, refused, changed by somebody just now, or gone in a moment. */
  kind: "changed" | "wrong" | "news" | "gone";
  /** Said when it is pointed at. */
  text?: string;
}

/** Marks of a row's cells, by column. */
export type RowMarks = Readonly<Record<string, CellMark>>;

/** What is to be seen of a whole row. */
export interface RowMark {
  /** Not stored yet, to be taken away, or otherwise to be changed. */
  kind: "new" | "doomed" | "changed";
  /** The same in a word, beside the row and for screen readers. */
  label: string;
  /** Why it was refused. */
  problem?: string | undefined;
}

export interface GridColumn<Row> {
  key: string;
  /** Header text; also used in menus and by screen readers. */
  label: string;
  category?: Category;
  /** Second, quieter header line, such as the column's type. */
  hint?: string;
  /** Marks beside the label (key, foreign key). */
  badge?: ReactNode;
  /** Shown when the pointer rests on the header. */
  description?: ReactNode;
  align?: "left" | "right" | "center";
  /** Default width in pixels. */
  width?: number;
  minWidth?: number;
  /** Takes a share of the room that is left over, as far as its texts (or this width) need it. */
  grows?: boolean | number;
  sortable?: boolean;
  hideable?: boolean;
  /** Hidden unless asked for. */
  hiddenByDefault?: boolean;
  pinnedByDefault?: boolean;
  render: (row: Row) => ReactNode;
  /** The value as text, for copying. */
  text?: (row: Row) => string;
  /** True when the cell can be edited, or the reason why not. Absent = read-only without a reason. */
  editable?: (row: Row) => true | string;
  editor?: (props: CellEditorProps<Row>) => ReactNode;
}

export interface DataGridProps<Row> {
  columns: readonly GridColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  total?: GridTotal;
  /** Asks for the exact number; makes the estimate clickable. */
  onCountExact?: () => void;
  hasMore?: boolean;
  loadMore?: () => void;
  /** True while the first rows or further rows are on their way. */
  loading?: boolean;
  /** Rows on screen answer an older question (a new page is loading). */
  stale?: boolean;
  sort?: readonly SortTerm[];
  onSort?: (next: SortTerm[]) => void;
  /** "Filter by this column" in a header's menu. */
  onColumnFilter?: (key: string) => void;
  selection?: GridSelection;
  onSelection?: (next: GridSelection) => void;
  /** Row click and Enter. */
  onRowOpen?: (row: Row) => void;
  /** The row whose drawer is open, marked. While one is open, moving to another row opens that. */
  openRow?: string | null;
  /** Esc, when nothing is selected: closes what `onRowOpen` opened. */
  onClose?: () => void;
  onCellEdit?: (edit: CellEdit<Row>) => Promise<void>;
  /**
   * Several cells at once: pasted, filled down, emptied. With it cells can be marked as a block (Shift, or drawing with the
   * pointer). Returns what to say about it.
   */
  onCells?: (change: GridCells<Row>) => string | null;
  /** Marks by row key; a row's marks keep their identity while they don't change. */
  marks?: ReadonlyMap<string, RowMarks>;
  /** Marks of whole rows, by row key. */
  rowMarks?: ReadonlyMap<string, RowMark>;
  /** So many rows stand before the list without being of it: they are neither counted nor chosen. */
  ahead?: number;
  /** Ctrl-Delete: the chosen rows, or that of the active cell, are to be taken away. */
  onRemove?: (keys: readonly string[]) => void;
  /** Why nothing here can be edited; said when somebody tries. */
  readOnlyReason?: string | null;
  density?: Density;
  onDensity?: (next: Density) => void;
  /** Remembers the layout on this device under this name when the address has none. */
  layoutKey?: string;
  columnState?: ColumnState;
  onColumnState?: (next: ColumnState | undefined) => void;
  /** What stands in place of the rows when there are none. */
  empty?: ReactNode;
  ariaLabel: string;
  /** What can be done with the chosen rows; stands below them while there are some. */
  selectionBar?: ReactNode;
  /** Further tools at the right of the status line. */
  footer?: ReactNode;
}
