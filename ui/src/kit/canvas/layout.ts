// Where boxes go that point at each other: what is pointed at stands left of what points there, groups that have nothing to do
// with each other stand apart. The same boxes always get the same places.

export interface Size {
  id: string;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Edge {
  from: string;
  to: string;
}

export type Places = ReadonlyMap<string, Point>;

const BETWEEN_COLUMNS = 96;
const BETWEEN_ROWS = 28;
const BETWEEN_GROUPS = 72;
/** A column of boxes goes on in another beside it when it gets higher than this, or than all of it is wide. */
const HIGH = 1400;
const SWEEPS = 6;

/** A place for the upper left corner of each box. */
export function layout(boxes: readonly Size[], edges: readonly Edge[]): Places {
  const known = new Map(boxes.map((box) => [box.id, box]));
  const real = edges.filter((edge) => edge.from !== edge.to && known.has(edge.from) && known.has(edge.to));
  const groups = together(boxes, real).map((group) => placed(group, real));
  return packed(groups);
}

/** Boxes that hang together, the most first. */
function together(boxes: readonly Size[], edges: readonly Edge[]): Size[][] {
  const parent = new Map(boxes.map((box) => [box.id, box.id]));
  const root = (id: string): string => {
    let at = id;
    for (;;) {
      const up = parent.get(at) ?? at;
      if (up === at) return at;
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
  };
  for (const edge of edges) parent.set(root(edge.from), root(edge.to));
  const groups = new Map<string, Size[]>();
  for (const box of boxes) {
    const of = root(box.id);
    const group = groups.get(of);
    if (group) group.push(box);
    else groups.set(of, [box]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

interface Group {
  places: Map<string, Point>;
  width: number;
  height: number;
}

function placed(boxes: readonly Size[], edges: readonly Edge[]): Group {
  const ids = new Set(boxes.map((box) => box.id));
  const inside = edges.filter((edge) => ids.has(edge.from));
  const area = boxes.reduce((sum, box) => sum + (box.width + BETWEEN_COLUMNS) * (box.height + BETWEEN_ROWS), 0);
  const columns = split(ordered(columnsOf(boxes, inside), inside), Math.max(HIGH, Math.sqrt(area)));
  const places = new Map<string, Point>();
  const heights = columns.map((column) => column.reduce((sum, box) => sum + box.height + BETWEEN_ROWS, -BETWEEN_ROWS));
  const height = Math.max(...heights);
  let x = 0;
  columns.forEach((column, n) => {
    let y = (height - (heights[n] ?? 0)) / 2;
    for (const box of column) {
      places.set(box.id, { x, y });
      y += box.height + BETWEEN_ROWS;
    }
    x += Math.max(...column.map((box) => box.width)) + BETWEEN_COLUMNS;
  });
  return { places, width: x - BETWEEN_COLUMNS, height };
}

/** Each box one column right of whatever it points at; a circle is cut where it is found. */
function columnsOf(boxes: readonly Size[], edges: readonly Edge[]): Size[][] {
  const targets = new Map<string, string[]>();
  for (const edge of edges) targets.set(edge.from, [...(targets.get(edge.from) ?? []), edge.to]);
  const rank = new Map<string, number>();
  const open = new Set<string>();
  const rankOf = (start: string): void => {
    // By hand, as a chain of tables can be longer than calls may nest.
    const stack: { id: string; next: number; best: number }[] = [{ id: start, next: 0, best: 0 }];
    open.add(start);
    while (stack.length > 0) {
      const at = stack[stack.length - 1];
      if (!at) return;
      const target = targets.get(at.id)?.[at.next];
      if (target === undefined) {
        rank.set(at.id, at.best);
        open.delete(at.id);
        stack.pop();
      } else if (rank.has(target) || open.has(target)) {
        at.next += 1;
        const found = rank.get(target);
        if (found !== undefined) at.best = Math.max(at.best, found + 1);
      } else {
        open.add(target);
        stack.push({ id: target, next: 0, best: 0 });
      }
    }
  };
  for (const box of boxes) if (!rank.has(box.id)) rankOf(box.id);
  const columns: Size[][] = [];
  for (const box of boxes) {
    const at = rank.get(box.id) ?? 0;
    while (columns.length <= at) columns.push([]);
    columns[at]?.push(box);
  }
  return columns.filter((column) => column.length > 0);
}

/** Boxes within each column in the order of what they hang together with, so that fewer lines cross. */
function ordered(columns: Size[][], edges: readonly Edge[]): Size[][] {
  const near = new Map<string, string[]>();
  for (const { from, to } of edges) {
    near.set(from, [...(near.get(from) ?? []), to]);
    near.set(to, [...(near.get(to) ?? []), from]);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const place = new Map<string, number>();
    for (const column of columns) {
      column.forEach((box, n) => {
        place.set(box.id, (n + 0.5) / column.length);
      });
    }
    const middle = (box: Size): number => {
      const others = near.get(box.id) ?? [];
      if (others.length === 0) return place.get(box.id) ?? 0;
      return others.reduce((sum, id) => sum + (place.get(id) ?? 0), 0) / others.length;
    };
    for (const column of columns) {
      const by = new Map(column.map((box) => [box.id, middle(box)]));
      column.sort((a, b) => (by.get(a.id) ?? 0) - (by.get(b.id) ?? 0));
    }
  }
  return columns;
}

function split(columns: readonly Size[][], highest: number): Size[][] {
  const parts: Size[][] = [];
  for (const column of columns) {
    const total = column.reduce((sum, box) => sum + box.height + BETWEEN_ROWS, 0);
    const most = Math.max(1, Math.ceil(total / highest));
    const target = total / most;
    let part: Size[] = [];
    let height = 0;
    for (const box of column) {
      if (part.length > 0 && height + box.height / 2 > target) {
        parts.push(part);
        part = [];
        height = 0;
      }
      part.push(box);
      height += box.height + BETWEEN_ROWS;
    }
    parts.push(part);
  }
  return parts;
}

/** Groups side by side in lines that are about as wide as all of it is high. */
function packed(groups: readonly Group[]): Places {
  const area = groups.reduce((sum, one) => sum + (one.width + BETWEEN_GROUPS) * (one.height + BETWEEN_GROUPS), 0);
  const width = Math.max(Math.sqrt(area) * 1.5, ...groups.map((one) => one.width));
  const all = new Map<string, Point>();
  let x = 0;
  let y = 0;
  let line = 0;
  for (const group of [...groups].sort((a, b) => b.height - a.height)) {
    if (x > 0 && x + group.width > width) {
      x = 0;
      y += line + BETWEEN_GROUPS;
      line = 0;
    }
    for (const [id, point] of group.places) all.set(id, { x: x + point.x, y: y + point.y });
    x += group.width + BETWEEN_GROUPS;
    line = Math.max(line, group.height);
  }
  return all;
}
