// Which part of a plane is on screen: moving, zooming at a point, fitting, and what has to be drawn for it.
import type { Point } from "./layout";

/** A point `p` of the plane is on screen at `p * zoom + (x, y)`. */
export interface Viewport extends Point {
  zoom: number;
}

export interface Rect extends Point {
  width: number;
  height: number;
}

export const CLOSEST = 2;
export const FARTHEST = 0.04;

const within = (zoom: number) => Math.max(FARTHEST, Math.min(CLOSEST, zoom));

/** Zooms so that what is at a point of the screen stays there. */
export function zoomedAt(view: Viewport, at: Point, factor: number): Viewport {
  const zoom = within(view.zoom * factor);
  const by = zoom / view.zoom;
  return { zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

export const moved = (view: Viewport, dx: number, dy: number): Viewport => ({
  ...view,
  x: view.x + dx,
  y: view.y + dy,
});

/** All of a rectangle on a screen, not closer than it is. */
export function fitted(rect: Rect, screen: { width: number; height: number }, margin = 24): Viewport {
  const room = { width: Math.max(1, screen.width - 2 * margin), height: Math.max(1, screen.height - 2 * margin) };
  const zoom = within(Math.min(1, room.width / Math.max(1, rect.width), room.height / Math.max(1, rect.height)));
  return centred(rect, screen, zoom);
}

/** The middle of a rectangle in the middle of a screen. */
export function centred(rect: Rect, screen: { width: number; height: number }, zoom: number): Viewport {
  return {
    zoom,
    x: screen.width / 2 - (rect.x + rect.width / 2) * zoom,
    y: screen.height / 2 - (rect.y + rect.height / 2) * zoom,
  };
}

/** The part of the plane that is on screen, with some around it. */
export function visible(view: Viewport, screen: { width: number; height: number }, around = 0): Rect {
  return {
    x: (-view.x - around) / view.zoom,
    y: (-view.y - around) / view.zoom,
    width: (screen.width + 2 * around) / view.zoom,
    height: (screen.height + 2 * around) / view.zoom,
  };
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function contains(outer: Rect, inner: Rect): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** What holds all of them. */
export function around(rects: readonly Rect[]): Rect {
  if (rects.length === 0) return { x: 0, y: 0, width: 1, height: 1 };
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  return {
    x,
    y,
    width: Math.max(...rects.map((rect) => rect.x + rect.width)) - x,
    height: Math.max(...rects.map((rect) => rect.y + rect.height)) - y,
  };
}

const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
} as const;

export type Direction = keyof typeof DIRECTIONS;

export const isDirection = (key: string): key is Direction => key in DIRECTIONS;

export const directionOf = (key: Direction): readonly [number, number] => DIRECTIONS[key];

/** The nearest one in a direction, for the arrow keys. */
export function neighbour(from: Rect, others: ReadonlyMap<string, Rect>, key: Direction): string | undefined {
  const [dx, dy] = DIRECTIONS[key];
  const middle = (rect: Rect): Point => ({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 });
  const start = middle(from);
  let best: { id: string; far: number } | undefined;
  for (const [id, rect] of others) {
    const at = middle(rect);
    const ahead = (at.x - start.x) * dx + (at.y - start.y) * dy;
    if (ahead <= 1) continue;
    const aside = Math.abs((at.x - start.x) * dy) + Math.abs((at.y - start.y) * dx);
    const far = ahead + 2 * aside;
    if (!best || far < best.far) best = { id, far };
  }
  return best?.id;
}
