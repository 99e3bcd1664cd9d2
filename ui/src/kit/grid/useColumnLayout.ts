/** The effective column layout: from the address, else from this device, else the page's defaults. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { readColumnState, writeColumnState } from "./address";
import { keepWidths, type Layout, layoutColumns, type Room, setWidth } from "./columns";
import type { ColumnState, GridColumn } from "./types";

const STORE = "quarterdeck.columns.";
/** One object, so that the layout is computed once and not for every render. */
const DEFAULT: ColumnState = {};

export interface ColumnLayout<Row> {
  layout: Layout<Row>;
  state: ColumnState;
  change: (next: ColumnState) => void;
  reset: () => void;
  /** A width while the edge is dragged; `end` keeps it. */
  resize: (key: string, width: number, end: boolean) => void;
}

function stored(layoutKey: string | undefined): ColumnState | undefined {
  if (!layoutKey) return undefined;
  try {
    return readColumnState(localStorage.getItem(STORE + layoutKey) ?? undefined);
  } catch {
    // Storage can be forbidden; then there is nothing to remember.
    return undefined;
  }
}

function store(layoutKey: string | undefined, state: ColumnState): void {
  if (!layoutKey) return;
  try {
    const text = writeColumnState(state);
    if (text === "") localStorage.removeItem(STORE + layoutKey);
    else localStorage.setItem(STORE + layoutKey, text);
  } catch {
    // As above: the layout lives in the address alone.
  }
}

export function useColumnLayout<Row>(
  columns: readonly GridColumn<Row>[],
  given: ColumnState | undefined,
  onChange: ((next: ColumnState | undefined) => void) | undefined,
  layoutKey: string | undefined,
  room: Room,
): ColumnLayout<Row> {
  const [own, setOwn] = useState<ColumnState | undefined>(() => given ?? stored(layoutKey));
  const [dragged, setDragged] = useState<{ key: string; width: number } | null>(null);
  const settled = (onChange ? given : own) ?? DEFAULT;

  // A remembered layout goes into the address, so that copying the address reproduces the screen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each table, not for each change
  useEffect(() => {
    const remembered = stored(layoutKey);
    if (!given && remembered) onChange?.(remembered);
  }, [layoutKey]);

  const change = useCallback(
    (next: ColumnState) => {
      store(layoutKey, next);
      const state = Object.keys(next).length === 0 ? undefined : next;
      if (onChange) onChange(state);
      else setOwn(state);
    },
    [layoutKey, onChange],
  );
  // Whoever sets one width by hand sees the others stay as they are, so what they had grown to is kept.
  const kept = useMemo(() => keepWidths(layoutColumns(columns, settled, room), settled), [columns, settled, room]);
  const state = useMemo(
    () => (dragged ? setWidth(dragged.key, dragged.width, kept) : settled),
    [dragged, settled, kept],
  );
  const layout = useMemo(() => layoutColumns(columns, state, room), [columns, state, room]);
  const resize = useCallback(
    (key: string, width: number, end: boolean) => {
      if (!end) return setDragged({ key, width });
      setDragged(null);
      change(setWidth(key, width, kept));
    },
    [change, kept],
  );
  const reset = useCallback(() => change({}), [change]);
  return useMemo(() => ({ layout, state, change, reset, resize }), [layout, state, change, reset, resize]);
}
