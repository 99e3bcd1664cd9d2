/**
 * Column layout: what is shown, in which order, how wide, pinned or not.
 *
 * A `ColumnState` holds only differences from the page's defaults, so that the address stays short
 * and a column added to the table later appears by itself.
 */
import type { ColumnState, GridColumn } from "./types";

export const DEFAULT_WIDTH = 160;
export const MIN_WIDTH = 56;
export const MAX_WIDTH = 1200;

export interface PlacedColumn<Row> {
  column: GridColumn<Row>;
  width: number;
  pinned: boolean;
  /** Distance from the left edge of the first data column, in pixels. */
  left: number;
}

export interface Layout<Row> {
  /** Visible columns in display order, pinned ones first. */
  placed: PlacedColumn<Row>[];
  pinnedCount: number;
  /** Width of the visible columns together, in pixels. */
  width: number;
}

/** All columns in display order, the hidden ones included, pinned ones first. */
export function orderedColumns<Row>(
  columns: readonly GridColumn<Row>[],
  state: ColumnState = {},
): readonly GridColumn<Row>[] {
  const byKey = new Map(columns.map((c) => [c.key, c]));
  const named = (state.order ?? []).filter((key) => byKey.has(key));
  const rest = columns.filter((c) => !named.includes(c.key)).map((c) => c.key);
  const keys = [...named, ...rest];
  const pins = pinnedKeys(columns, state);
  const sorted = [...pins.filter((key) => byKey.has(key)), ...keys.filter((key) => !pins.includes(key))];
  return sorted.flatMap((key) => byKey.get(key) ?? []);
}

export function pinnedKeys<Row>(columns: readonly GridColumn<Row>[], state: ColumnState): readonly string[] {
  return state.pinned ?? columns.filter((c) => c.pinnedByDefault).map((c) => c.key);
}

export function isHidden<Row>(column: GridColumn<Row>, state: ColumnState): boolean {
  if (state.hidden?.includes(column.key)) return true;
  return Boolean(column.hiddenByDefault) && !state.shown?.includes(column.key);
}

/** The columns on screen, in their order. */
export function shownColumns<Row>(
  columns: readonly GridColumn<Row>[],
  state: ColumnState = {},
): readonly GridColumn<Row>[] {
  return orderedColumns(columns, state).filter((column) => !isHidden(column, state));
}

export function widthOf<Row>(column: GridColumn<Row>, state: ColumnState): number {
  return clampWidth(state.widths?.[column.key] ?? column.width ?? DEFAULT_WIDTH, column.minWidth);
}

export function clampWidth(width: number, least = MIN_WIDTH): number {
  return Math.round(Math.min(MAX_WIDTH, Math.max(least, width)));
}

/** What is over when all columns have their width, and who can use it. */
export interface Room {
  /** Width there is for all columns, in pixels. */
  width: number;
  /** Width by key at which a column shows its values whole. */
  needs: ReadonlyMap<string, number>;
}

/** Enough for the header's text beside its marks, whatever the values need. */
export function roomForLabel(label: string, width: number): number {
  return Math.max(width, Math.min(220, Math.ceil(label.length * 7.4) + 36));
}

/** Gives spare room to the columns whose values would be cut, an equal share to each until it has what it needs. */
function grow<Row>(placed: PlacedColumn<Row>[], state: ColumnState, { width, needs }: Room): void {
  const limit = (one: PlacedColumn<Row>) => needs.get(one.column.key) ?? 0;
  let left = width - placed.reduce((sum, one) => sum + one.width, 0);
  let open = placed.filter((p) => state.widths?.[p.column.key] === undefined && p.width < limit(p));
  while (left >= 1 && open.length > 0) {
    const share = left / open.length;
    for (const one of open) {
      const more = Math.min(share, limit(one) - one.width);
      one.width += more;
      left -= more;
    }
    open = open.filter((one) => limit(one) - one.width >= 1);
  }
  for (const one of placed) one.width = Math.floor(one.width);
}

/** Places the visible columns. */
export function layoutColumns<Row>(
  columns: readonly GridColumn<Row>[],
  state: ColumnState = {},
  room?: Room,
): Layout<Row> {
  const pins = new Set(pinnedKeys(columns, state));
  const placed = orderedColumns(columns, state)
    .filter((column) => !isHidden(column, state))
    .map((column) => ({ column, width: widthOf(column, state), pinned: pins.has(column.key), left: 0 }));
  if (room) grow(placed, state, room);
  let left = 0;
  for (const one of placed) {
    one.left = left;
    left += one.width;
  }
  return { placed, pinnedCount: placed.filter((p) => p.pinned).length, width: left };
}

/** Shows or hides a column. */
export function setHidden<Row>(column: GridColumn<Row>, hidden: boolean, state: ColumnState): ColumnState {
  const without = (list: readonly string[] | undefined) => (list ?? []).filter((key) => key !== column.key);
  const next = { ...state, hidden: without(state.hidden), shown: without(state.shown) };
  if (column.hiddenByDefault && !hidden) next.shown.push(column.key);
  if (!column.hiddenByDefault && hidden) next.hidden.push(column.key);
  return tidy(next);
}

/** Pins a column to the left edge (after those pinned already) or lets it go. */
export function setPinned<Row>(
  columns: readonly GridColumn<Row>[],
  key: string,
  pinned: boolean,
  state: ColumnState,
): ColumnState {
  const others = pinnedKeys(columns, state).filter((other) => other !== key);
  const next = pinned ? [...others, key] : others;
  const defaults = pinnedKeys(columns, {});
  return tidy({ ...state, pinned: same(next, defaults) ? undefined : next });
}

/** Puts a column before (`after: false`) or after another; moving next to a pinned column pins it too. */
export function moveColumn<Row>(
  columns: readonly GridColumn<Row>[],
  key: string,
  target: string,
  after: boolean,
  state: ColumnState,
): ColumnState {
  if (key === target) return state;
  const keys = orderedColumns(columns, state)
    .map((c) => c.key)
    .filter((k) => k !== key);
  const at = keys.indexOf(target);
  if (at < 0) return state;
  keys.splice(at + (after ? 1 : 0), 0, key);
  const pins = new Set(pinnedKeys(columns, state));
  if (pins.has(target)) pins.add(key);
  else pins.delete(key);
  const pinned = keys.filter((k) => pins.has(k));
  const defaults = pinnedKeys(columns, {});
  const order = same(
    keys,
    orderedColumns(columns, {}).map((c) => c.key),
  )
    ? undefined
    : keys;
  return tidy({ ...state, order, pinned: same(pinned, defaults) ? undefined : pinned });
}

/** Moves a column one visible place to the left (-1) or right (1). */
export function nudgeColumn<Row>(
  columns: readonly GridColumn<Row>[],
  key: string,
  by: -1 | 1,
  state: ColumnState,
): ColumnState {
  const { placed } = layoutColumns(columns, state);
  const at = placed.findIndex((p) => p.column.key === key);
  const target = placed[at + by];
  return at < 0 || !target ? state : moveColumn(columns, key, target.column.key, by > 0, state);
}

export function setWidth(key: string, width: number | undefined, state: ColumnState): ColumnState {
  const widths = { ...state.widths };
  if (width === undefined) delete widths[key];
  else widths[key] = clampWidth(width, 24);
  return tidy({ ...state, widths });
}

/** The state in which every column keeps the width it has on screen. */
export function keepWidths<Row>(layout: Layout<Row>, state: ColumnState): ColumnState {
  const grown = layout.placed.filter((one) => one.width !== widthOf(one.column, state));
  return { ...state, widths: { ...state.widths, ...Object.fromEntries(grown.map((p) => [p.column.key, p.width])) } };
}

/** The state without its empty parts. */
export function tidy(state: ColumnState): ColumnState {
  const next: { -readonly [K in keyof ColumnState]: ColumnState[K] } = {};
  if (state.order?.length) next.order = state.order;
  if (state.hidden?.length) next.hidden = state.hidden;
  if (state.shown?.length) next.shown = state.shown;
  if (state.pinned) next.pinned = state.pinned;
  if (state.widths && Object.keys(state.widths).length > 0) next.widths = state.widths;
  return next;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
