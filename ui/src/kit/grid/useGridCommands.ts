/** What the keys and the pointer do, written once. */
import { type RefObject, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { toggleSort } from "./address";
import { nudgeColumn } from "./columns";
import { fittingWidth, fontOf } from "./fit";
import { type CellRange, isSingle, readTsv, spread } from "./range";
import { headState, isSelected, keysBetween, setSelected } from "./selection";
import {
  type DataGridProps,
  type GridCell,
  type GridCells,
  type GridColumn,
  type GridSelection,
  NO_SELECTION,
} from "./types";
import type { ColumnLayout } from "./useColumnLayout";
import type { GridCommands } from "./useGridKeys";

interface Options<Row> {
  props: DataGridProps<Row>;
  keys: readonly string[];
  selection: GridSelection;
  columnLayout: ColumnLayout<Row>;
  hasGutter: boolean;
  scroller: RefObject<HTMLElement | null>;
  startEdit: (row: Row, column: GridColumn<Row>) => string | null;
  openMenu: (key: string) => void;
  say: (text: string) => void;
  /** The marked cells; undefined where cells can't be marked. */
  range: CellRange | undefined;
  unmark: () => void;
}

export interface AllCommands extends GridCommands {
  fit: (key: string) => void;
  /** Puts text from the clipboard into the marked cells and those after them. */
  paste: (text: string) => boolean;
}

/** Commands that keep their identity and always act on the newest state. */
export function useGridCommands<Row>(options: Options<Row>): AllCommands {
  const { t } = useTranslation();
  const now = useRef({ ...options, t });
  now.current = { ...options, t };
  const anchor = useRef<string | null>(null);

  return useMemo<AllCommands>(() => {
    const columnAt = (col: number) => now.current.columnLayout.layout.placed[col - (now.current.hasGutter ? 1 : 0)];
    const select = (keys: readonly string[], on: boolean) =>
      now.current.props.onSelection?.(setSelected(now.current.selection, keys, on));

    const listed = () => now.current.keys.slice(now.current.props.ahead ?? 0);
    const cell = (row: number, col: number): GridCell<Row> | undefined => {
      const record = now.current.props.rows[row];
      const column = columnAt(col)?.column;
      return record === undefined || !column ? undefined : { row: record, column };
    };
    const change = (kind: GridCells<Row>["kind"], cells: readonly (GridCell<Row> | undefined)[]) => {
      const { props, say } = now.current;
      const there = cells.filter((one) => one !== undefined);
      if (!props.onCells || there.length === 0) return false;
      const text = props.onCells({ kind, cells: there });
      if (text !== null) say(text);
      return true;
    };
    /** Every marked cell, line by line. */
    const marked = <T>(range: CellRange, make: (row: number, col: number) => T): T[][] =>
      Array.from({ length: range.bottom - range.top + 1 }, (_, r) =>
        Array.from({ length: range.right - range.left + 1 }, (_, c) => make(range.top + r, range.left + c)),
      );

    return {
      paste: (text) => {
        const { range, props, columnLayout, hasGutter } = now.current;
        if (!range || range.top < 0 || (hasGutter && range.left === 0)) return false;
        const cols = columnLayout.layout.placed.length + (hasGutter ? 1 : 0);
        const placed = spread(readTsv(text), range, props.rows.length, cols);
        return change(
          "paste",
          placed.map((one) => {
            const found = cell(one.row, one.col);
            return found && { ...found, text: one.text };
          }),
        );
      },
      fill: () => {
        const { range } = now.current;
        if (!range || range.top < 0) return false;
        // One line is filled from the one above it.
        const from = range.top === range.bottom ? range.top - 1 : range.top;
        const rest = { ...range, top: from + 1 };
        const first = now.current.props.rows[from];
        if (first === undefined) return false;
        const cells = marked(rest, cell).flat();
        return change(
          "fill",
          cells.map((one) => one && { ...one, from: first }),
        );
      },
      empty: () => {
        const { range } = now.current;
        return range !== undefined && range.top >= 0 && change("clear", marked(range, cell).flat());
      },
      remove: (row) => {
        const { props, keys, selection } = now.current;
        const here = keys[row];
        if (!props.onRemove || here === undefined) return false;
        const chosen = keys.filter((key) => isSelected(selection, key));
        props.onRemove(chosen.length > 0 ? chosen : [here]);
        return true;
      },
      open: (row) => {
        const record = now.current.props.rows[row];
        if (record !== undefined) now.current.props.onRowOpen?.(record);
      },
      follow: (row) => {
        const { props, keys } = now.current;
        const record = props.rows[row];
        if (record !== undefined && props.openRow != null && keys[row] !== props.openRow) props.onRowOpen?.(record);
      },
      edit: (row, col) => {
        const record = now.current.props.rows[row];
        const placed = columnAt(col);
        if (record === undefined || !placed) return;
        const reason = now.current.startEdit(record, placed.column);
        if (reason) now.current.say(now.current.t("grid.readOnly", { reason }));
      },
      toggle: (row, range) => {
        const { keys, selection, props } = now.current;
        const key = keys[row];
        if (key === undefined || row < (props.ahead ?? 0) || !props.onSelection) return;
        if (range && anchor.current !== null) select(keysBetween(listed(), anchor.current, key), true);
        else select([key], !isSelected(selection, key));
        if (!range || anchor.current === null) anchor.current = key;
      },
      selectAll: () => select(listed(), true),
      copy: (row, col) => {
        const { props, selection, columnLayout } = now.current;
        if (window.getSelection()?.isCollapsed === false) return false;
        const chosen = props.rows.filter((r) => isSelected(selection, props.rowKey(r)));
        const columns = columnLayout.layout.placed.map((p) => p.column);
        const line = (r: Row) => columns.map((c) => cellText(c.text?.(r) ?? "")).join("\t");
        const record = props.rows[row];
        const column = columnAt(col)?.column;
        const range = now.current.range;
        const block = range && !isSingle(range) ? marked(range, cell) : undefined;
        const text = block
          ? block.map((line) => line.map((one) => cellText(one?.column.text?.(one.row) ?? "")).join("\t")).join("\n")
          : chosen.length > 0
            ? [columns.map((c) => cellText(c.label)).join("\t"), ...chosen.map(line)].join("\n")
            : record !== undefined && column
              ? (column.text?.(record) ?? "")
              : undefined;
        if (text === undefined) return false;
        navigator.clipboard?.writeText(text).then(
          () =>
            now.current.say(
              block
                ? now.current.t("grid.copiedCells", { count: block.flat().length })
                : now.current.t("grid.copied", { count: Math.max(1, chosen.length) }),
            ),
          () => now.current.say(now.current.t("grid.copyFailed")),
        );
        return true;
      },
      clear: () => {
        const { selection, props, range, unmark } = now.current;
        if (range && !isSingle(range)) {
          unmark();
          return true;
        }
        if (!selection.all && selection.keys.length === 0) {
          props.onClose?.();
          return props.onClose !== undefined;
        }
        props.onSelection?.(NO_SELECTION);
        anchor.current = null;
        return true;
      },
      headerSort: (col, add) => {
        const { props } = now.current;
        const column = columnAt(col)?.column;
        if (column?.sortable) props.onSort?.(toggleSort(props.sort ?? [], column.key, add));
      },
      headerMove: (col, by) => {
        const { columnLayout, props } = now.current;
        const column = columnAt(col)?.column;
        if (column) columnLayout.change(nudgeColumn(props.columns, column.key, by, columnLayout.state));
      },
      headerResize: (col, by) => {
        const placed = columnAt(col);
        if (placed) now.current.columnLayout.resize(placed.column.key, placed.width + by, true);
      },
      headerMenu: (col) => {
        const column = columnAt(col)?.column;
        if (column) now.current.openMenu(column.key);
      },
      headerToggleAll: () => {
        const keys = listed();
        select(keys, headState(now.current.selection, keys) !== "all");
      },
      fit: (key) => {
        const { props, columnLayout, scroller } = now.current;
        const column = props.columns.find((c) => c.key === key);
        if (column) columnLayout.resize(key, fittingWidth(column, props.rows, fontOf(scroller.current)), true);
      },
    };
  }, []);
}

/** One cell of tab-separated text, quoted as spreadsheets expect. */
function cellText(text: string): string {
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
