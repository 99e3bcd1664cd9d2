/** The tables of a source as boxes and lines: how large each is, where it stands, and what of that a person keeps. */
import { queryOptions } from "@tanstack/react-query";
import { layout, type Places, type Point } from "~/kit/canvas/layout";
import type { Rect, Viewport } from "~/kit/canvas/viewport";
import { api } from "~/lib/api";
import type { TableSummary } from "../model";

export interface DrawnColumn {
  name: string;
  type: string;
  nullable: boolean;
  key: boolean;
}

export interface Drawn {
  schema: string;
  name: string;
  kind: Exclude<TableSummary["kind"], "partition">;
  comment: string | null;
  columns: DrawnColumn[];
  /** Of all its columns. */
  width: number;
}

interface End {
  schema: string;
  table: string;
  columns: string[];
}

export interface Pointing {
  name: string;
  from: End;
  to: End;
  unique: boolean;
  optional: boolean;
}

export interface Diagram {
  tables: Drawn[];
  references: Pointing[];
  more: boolean;
}

export const diagramQuery = (source: string, schema: string | undefined) =>
  queryOptions({
    queryKey: ["explorer", source, "diagram", schema ?? null],
    queryFn: async ({ signal }) =>
      (
        await api.get<Diagram>(`/explorer/${encodeURIComponent(source)}/diagram`, {
          query: schema === undefined ? [] : [["schema", schema]],
          signal,
        })
      ).data,
    staleTime: 60_000,
  });

export type Detail = "all" | "keys" | "names";

export const DETAILS: readonly Detail[] = ["all", "keys", "names"];

export const WIDTH = 232;
export const HEAD = 32;
export const LINE = 22;
/** Lines of one table; what has more is told by their number. */
const MOST_LINES = 14;

/** A table as it is drawn. */
export interface Box extends Rect {
  id: string;
  table: Drawn;
  lines: DrawnColumn[];
  /** Columns that aren't drawn. */
  rest: number;
  /** Columns that point elsewhere. */
  pointing: ReadonlySet<string>;
}

export interface Line {
  id: string;
  reference: Pointing;
  from: Box;
  to: Box;
}

export const idOf = (schema: string, table: string) => `${schema}.${table}`;

export interface Drawing {
  boxes: ReadonlyMap<string, Box>;
  lines: readonly Line[];
}

/** Boxes and lines; `kept` are places that somebody dragged tables to. */
export function drawing(diagram: Diagram, detail: Detail, kept: ReadonlyMap<string, Point>): Drawing {
  const pointing = new Map<string, Set<string>>();
  const pointed = new Map<string, Set<string>>();
  const note = (to: Map<string, Set<string>>, end: End) => {
    const id = idOf(end.schema, end.table);
    const known = to.get(id) ?? new Set();
    for (const column of end.columns) known.add(column);
    to.set(id, known);
  };
  for (const one of diagram.references) {
    note(pointing, one.from);
    note(pointed, one.to);
  }
  const sized = diagram.tables.map((table) => {
    const id = idOf(table.schema, table.name);
    const points = pointing.get(id) ?? new Set<string>();
    const matters = (column: DrawnColumn) =>
      column.key || points.has(column.name) || pointed.get(id)?.has(column.name) === true;
    const important = table.columns.filter(matters);
    const wanted = detail === "names" ? [] : detail === "keys" ? important : table.columns;
    // Where not all fit, keys come before others, all in the table's order.
    const fit = new Set([...wanted.filter(matters), ...wanted.filter((one) => !matters(one))].slice(0, MOST_LINES));
    const lines = wanted.filter((column) => fit.has(column));
    const rest = detail === "all" ? Math.max(0, table.width - lines.length) : 0;
    const height = HEAD + (lines.length > 0 || rest > 0 ? (lines.length + (rest > 0 ? 1 : 0)) * LINE + 6 : 0);
    return { id, table, lines, rest, pointing: points, width: WIDTH, height };
  });
  const edges = diagram.references.map((one) => ({
    from: idOf(one.from.schema, one.from.table),
    to: idOf(one.to.schema, one.to.table),
  }));
  const places: Places = layout(sized, edges);
  const boxes = new Map<string, Box>();
  for (const one of sized) boxes.set(one.id, { ...one, ...(kept.get(one.id) ?? places.get(one.id) ?? { x: 0, y: 0 }) });
  const lines: Line[] = [];
  for (const reference of diagram.references) {
    const from = boxes.get(idOf(reference.from.schema, reference.from.table));
    const to = boxes.get(idOf(reference.to.schema, reference.to.table));
    if (from && to) lines.push({ id: `${from.id}.${reference.name}`, reference, from, to });
  }
  return { boxes, lines };
}

/** Where a line meets the side of a box: at its column, or at the head where that isn't drawn. */
function height(box: Box, column: string | undefined): number {
  const at = box.lines.findIndex((line) => line.name === column);
  return box.y + (at < 0 ? HEAD / 2 : HEAD + 3 + (at + 0.5) * LINE);
}

export interface Way {
  path: string;
  /** Ends, and to which side they leave. */
  from: Point & { side: 1 | -1 };
  to: Point & { side: 1 | -1 };
}

const STUB = 26;

/** The way of a line, from the sides that are nearer to each other. */
export function wayOf({ from, to, reference }: Line): Way {
  const y1 = height(from, reference.from.columns[0]);
  const y2 = height(to, reference.to.columns[0]);
  const right = (box: Box) => box.x + box.width;
  const leaves = (box: Box, side: 1 | -1) => (side === 1 ? right(box) : box.x);
  let sides: [1 | -1, 1 | -1];
  if (from === to) sides = [1, 1];
  else if (right(to) + STUB < from.x) sides = [-1, 1];
  else if (right(from) + STUB < to.x) sides = [1, -1];
  else sides = [1, 1];
  const a = { x: leaves(from, sides[0]), y: y1, side: sides[0] };
  const b = { x: leaves(to, sides[1]), y: y2, side: sides[1] };
  const apart = Math.max(40, Math.min(160, Math.abs(a.x - b.x) / 2, 40 + Math.abs(a.y - b.y)));
  const c1 = a.x + a.side * (STUB / 2 + apart);
  const c2 = b.x + b.side * (STUB / 2 + apart);
  const path = `M${a.x} ${a.y}h${(a.side * STUB) / 2}C${c1} ${a.y} ${c2} ${b.y} ${b.x + (b.side * STUB) / 2} ${b.y}H${b.x}`;
  return { path, from: a, to: b };
}

/** What holds a line, for leaving out what isn't on screen. */
export function boundsOf(line: Line): Rect {
  const x = Math.min(line.from.x, line.to.x) - 120;
  const y = Math.min(line.from.y, line.to.y);
  return {
    x,
    y,
    width: Math.max(line.from.x + line.from.width, line.to.x + line.to.width) + 120 - x,
    height: Math.max(line.from.y + line.from.height, line.to.y + line.to.height) - y,
  };
}

interface Kept {
  places: Record<string, Point>;
  view: Viewport | null;
}

const keyOf = (source: string, schema: string | undefined) => `quarterdeck.diagram.${source}.${schema ?? ""}`;

/** What this person arranged, in this browser. */
export function readKept(source: string, schema: string | undefined): Kept {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(source, schema)) ?? "null");
    if (kept && typeof kept === "object" && "places" in kept) return kept as Kept;
  } catch {
    // Broken or forbidden: as if nothing had been arranged.
  }
  return { places: {}, view: null };
}

export function keep(source: string, schema: string | undefined, kept: Kept): void {
  try {
    localStorage.setItem(keyOf(source, schema), JSON.stringify(kept));
  } catch {
    // Full or forbidden: it is arranged anew the next time.
  }
}
