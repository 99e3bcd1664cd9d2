/** Pointer events of the whole grid, handled once at its root. */
import { type MouseEvent, useMemo, useRef } from "react";
import { type Position, placeOf } from "./navigation";
import type { AllCommands } from "./useGridCommands";

interface Options {
  commands: AllCommands;
  setActive: (at: Position, focus: boolean, pointed?: boolean) => void;
  /** A click on a row opens it (lists); otherwise it only moves to the cell (editing grids). */
  openOnClick: boolean;
  openable: boolean;
  /** The other corner of the marked cells; absent where cells can't be marked. */
  anchoring?: { mark: (from: Position | null) => void; extend: () => void };
}

const INTERACTIVE = "a,button,input,select,textarea,label,[role=menuitem]";

function cellOf(e: MouseEvent<HTMLElement>): (Position & { gutter: boolean }) | null {
  const target = e.target as HTMLElement;
  if (!e.currentTarget.contains(target)) return null;
  const at = placeOf(target);
  return at && { ...at, gutter: target.closest("[data-column]") === null };
}

export function useGridPointer({ commands, setActive, openOnClick, openable, anchoring }: Options) {
  const drawn = useRef<Position | null>(null);
  const marking = useRef(anchoring);
  marking.current = anchoring;
  return useMemo(() => {
    const onMouseDown = (e: MouseEvent<HTMLElement>) => {
      const at = cellOf(e);
      if (!at || at.row < 0) return;
      const target = e.target as HTMLElement;
      if (target.closest("[data-editing]")) return;
      // Shift would select text across rows; the gutter's checkbox must not take the focus from its cell.
      if (e.shiftKey || at.gutter) e.preventDefault();
      if (target.closest(INTERACTIVE) && !at.gutter) return;
      if (marking.current && !at.gutter) {
        if (e.shiftKey) marking.current.extend();
        else marking.current.mark(null);
        drawn.current = e.shiftKey ? null : at;
      }
      setActive(at, true, true);
    };
    // Drawing over cells marks them, instead of the text in them.
    const onMouseOver = (e: MouseEvent<HTMLElement>) => {
      if ((e.buttons & 1) === 0) drawn.current = null;
      const from = drawn.current;
      if (!from || !marking.current) return;
      const at = cellOf(e);
      if (!at || at.row < 0 || at.gutter || (at.row === from.row && at.col === from.col)) return;
      window.getSelection()?.removeAllRanges();
      marking.current.mark(from);
      setActive(at, true, true);
    };
    const onClick = (e: MouseEvent<HTMLElement>) => {
      const at = cellOf(e);
      if (!at) return;
      const target = e.target as HTMLElement;
      if (at.row < 0) {
        if (at.gutter) commands.headerToggleAll();
        else if (!target.closest(INTERACTIVE)) {
          setActive(at, true, true);
          commands.headerSort(at.col, e.shiftKey);
        }
        return;
      }
      if (target.closest("[data-opens]")) return commands.open(at.row);
      if (at.gutter) return commands.toggle(at.row, e.shiftKey);
      if (target.closest(INTERACTIVE) || target.closest("[data-editing]")) return;
      if (e.shiftKey) return marking.current ? undefined : commands.toggle(at.row, true);
      const touch = openable && window.matchMedia("(pointer: coarse)").matches;
      if ((openOnClick || touch) && window.getSelection()?.isCollapsed !== false) commands.open(at.row);
    };
    const onDoubleClick = (e: MouseEvent<HTMLElement>) => {
      const at = cellOf(e);
      if (!at || at.row < 0 || at.gutter || openOnClick) return;
      if ((e.target as HTMLElement).closest(`${INTERACTIVE},[data-editing]`)) return;
      commands.edit(at.row, at.col);
    };
    return { onMouseDown, onMouseOver, onClick, onDoubleClick };
  }, [commands, setActive, openOnClick, openable]);
}
