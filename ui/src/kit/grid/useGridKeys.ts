/** The active cell: roving tabindex, what keys do, where focus goes. */
import { type FocusEvent, type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useRef } from "react";
import { type Extent, moveTo, type Position, placeOf } from "./navigation";

export interface GridCommands {
  /** Enter on a row. */
  open: (row: number) => void;
  /** The active cell moved to this row. */
  follow: (row: number) => void;
  edit: (row: number, col: number) => void;
  toggle: (row: number, range: boolean) => void;
  selectAll: () => void;
  /** Copies the active cell or the selected rows; false when there is nothing to copy. */
  copy: (row: number, col: number) => boolean;
  /** True when something was cleared. */
  clear: () => boolean;
  /** Gives the marked cells the values of the first of them, or one cell that of the cell above. */
  fill: () => boolean;
  /** Empties the marked cells. */
  empty: () => boolean;
  /** Takes the chosen rows away, or this one. */
  remove: (row: number) => boolean;
  headerSort: (col: number, add: boolean) => void;
  headerMove: (col: number, by: -1 | 1) => void;
  headerResize: (col: number, by: number) => void;
  headerMenu: (col: number) => void;
  headerToggleAll: () => void;
}

interface Options {
  root: RefObject<HTMLElement | null>;
  extent: Extent;
  hasGutter: boolean;
  commands: GridCommands;
  reveal: (at: Position) => void;
  /** Single letters do something (people can switch that off). */
  letters: boolean;
  position: Position;
  setPosition: (at: Position) => void;
  /** The other corner of the marked cells; absent where cells can't be marked. */
  anchoring?: { anchor: Position | null; setAnchor: (at: Position | null) => void };
}

export interface GridKeys {
  active: Position;
  setActive: (at: Position, focus: boolean, pointed?: boolean) => void;
  onKeyDown: (e: KeyboardEvent<HTMLElement>) => void;
  onFocus: (e: FocusEvent<HTMLElement>) => void;
}

export function useGridKeys(options: Options): GridKeys {
  const { root, extent, hasGutter, commands, reveal, position, setPosition, anchoring } = options;
  const wantsFocus = useRef(false);
  // Rows and columns may have become fewer since.
  const active = {
    row: Math.min(position.row, Math.max(-1, extent.rows - 1)),
    col: Math.min(position.col, Math.max(0, extent.cols - 1)),
  };

  const setActive = useCallback(
    (at: Position, focus: boolean, pointed = false) => {
      wantsFocus.current = focus;
      if (focus) {
        // What was pointed at is in view; moving it away would put the second press of a double-click elsewhere.
        if (!pointed) reveal(at);
        commands.follow(at.row);
      }
      setPosition({ ...at });
    },
    [reveal, setPosition, commands],
  );

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const cell = root.current?.querySelector<HTMLElement>(`[data-r="${active.row}"] [data-c="${active.col}"]`);
    if (!cell) return;
    wantsFocus.current = false;
    cell.focus({ preventScroll: true });
  });

  const onKeyDown = (e: KeyboardEvent<HTMLElement>) => {
    const target = e.target as HTMLElement;
    // Menus and editors are portals: their keys come by here but are not ours.
    if (!root.current?.contains(target) || e.defaultPrevented) return;
    if (!options.letters && /^[a-z]$/i.test(e.key) && !e.ctrlKey && !e.metaKey) return;
    if (!target.hasAttribute("data-c")) {
      if (e.key === "Escape") target.closest<HTMLElement>("[data-c]")?.focus();
      return;
    }
    const handled = active.row < 0 ? headerKey(e, active.col) : rowKey(e, active);
    if (handled) {
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const next = moveTo(active, e, extent);
    if (!next) return;
    e.preventDefault();
    if (anchoring && active.row >= 0) {
      if (e.shiftKey && next.row < 0) return;
      anchoring.setAnchor(e.shiftKey ? (anchoring.anchor ?? active) : null);
    } else if (e.shiftKey && next.row !== active.row && active.row >= 0) commands.toggle(next.row, true);
    setActive(next, true);
  };

  const headerKey = (e: KeyboardEvent<HTMLElement>, col: number): boolean => {
    const onGutter = hasGutter && col === 0;
    if (onGutter) {
      if (e.key !== " " && e.key !== "Enter" && e.key !== "x") return false;
      commands.headerToggleAll();
      return true;
    }
    const side = e.key === "ArrowLeft" ? -1 : e.key === "ArrowRight" ? 1 : 0;
    if (side !== 0 && e.shiftKey && e.ctrlKey) {
      commands.headerMove(col, side);
      setActive({ row: -1, col: Math.max(hasGutter ? 1 : 0, Math.min(extent.cols - 1, col + side)) }, true);
    } else if (side !== 0 && e.shiftKey) commands.headerResize(col, side * 16);
    else if (e.key === "Enter" || e.key === " ") commands.headerSort(col, e.shiftKey);
    else if ((e.key === "ArrowDown" && e.altKey) || e.key === "ContextMenu" || (e.key === "F10" && e.shiftKey))
      commands.headerMenu(col);
    else return false;
    return true;
  };

  const rowKey = (e: KeyboardEvent<HTMLElement>, at: Position): boolean => {
    const ctrl = e.ctrlKey || e.metaKey;
    switch (e.key) {
      case "Enter":
        commands.open(at.row);
        return true;
      case "F2":
        commands.edit(at.row, at.col);
        return true;
      case "e":
        if (ctrl || e.altKey) return false;
        commands.edit(at.row, at.col);
        return true;
      case "x":
      case "X":
        if (ctrl || e.altKey) return false;
        commands.toggle(at.row, e.shiftKey);
        return true;
      case " ":
        commands.toggle(at.row, false);
        return true;
      case "a":
        if (!ctrl) return false;
        commands.selectAll();
        return true;
      case "c":
        return ctrl && commands.copy(at.row, at.col);
      case "d":
        return ctrl && commands.fill();
      case "Backspace":
        return ctrl && commands.remove(at.row);
      case "Delete":
        return ctrl ? commands.remove(at.row) : commands.empty();
      case "Escape":
        return commands.clear();
      default:
        return false;
    }
  };

  // Focus may come by other ways than ours: a click, a screen reader.
  const onFocus = (e: FocusEvent<HTMLElement>) => {
    const at = (e.target as HTMLElement).hasAttribute("data-c") ? placeOf(e.target) : null;
    if (!at || !root.current?.contains(e.target)) return;
    if (at.row !== active.row || at.col !== active.col) setPosition(at);
  };

  return { active, setActive, onKeyDown, onFocus };
}
