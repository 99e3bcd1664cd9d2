import { describe, expect, it } from "vitest";
import { type Edge, layout, type Size } from "./layout";
import { around, centred, fitted, neighbour, overlaps, type Rect, visible, zoomedAt } from "./viewport";

const box = (id: string, height = 100): Size => ({ id, width: 200, height });

function rects(boxes: readonly Size[], edges: readonly Edge[]): Map<string, Rect> {
  const places = layout(boxes, edges);
  return new Map(
    boxes.map((one) => [one.id, { x: 0, y: 0, ...places.get(one.id), width: one.width, height: one.height }]),
  );
}

describe("layout", () => {
  it("puts what is pointed at to the left", () => {
    const places = rects(
      [box("track"), box("album"), box("artist")],
      [
        { from: "track", to: "album" },
        { from: "album", to: "artist" },
      ],
    );
    const x = (id: string) => places.get(id)?.x ?? 0;
    expect(x("artist") < x("album") && x("album") < x("track")).toBe(true);
  });

  it("ends with circles, with lines to itself and to nowhere", () => {
    const places = rects(
      [box("a"), box("b"), box("c")],
      [
        { from: "a", to: "b" },
        { from: "b", to: "c" },
        { from: "c", to: "a" },
        { from: "a", to: "a" },
        { from: "a", to: "gone" },
      ],
    );
    expect(places.size).toBe(3);
  });

  it("never lays one box over another, and is the same each time", () => {
    const boxes = Array.from({ length: 400 }, (_, n) => box(`t${n}`, 60 + (n % 13) * 20));
    const edges = Array.from({ length: 500 }, (_, n) => ({ from: `t${(n * 7) % 300}`, to: `t${(n * 13) % 200}` }));
    const all = [...rects(boxes, edges).values()];
    const over = all.some((one, n) => all.slice(n + 1).some((other) => overlaps(one, other)));
    expect(over).toBe(false);
    expect([...rects(boxes, edges)]).toEqual([...rects(boxes, edges)]);
    const whole = around(all);
    expect(whole.width / whole.height).toBeGreaterThan(0.3);
    expect(whole.width / whole.height).toBeLessThan(6);
  });

  it("goes through a chain that is longer than calls may nest", () => {
    const boxes = Array.from({ length: 20_000 }, (_, n) => box(`t${n}`));
    const edges = boxes.slice(1).map((one, n) => ({ from: `t${n}`, to: one.id }));
    expect(layout(boxes, edges).size).toBe(20_000);
  });

  it("is nothing for nothing", () => {
    expect(layout([], []).size).toBe(0);
  });
});

describe("viewport", () => {
  const screen = { width: 800, height: 600 };

  it("keeps what is under the pointer there", () => {
    const view = zoomedAt({ x: 10, y: 20, zoom: 1 }, { x: 110, y: 220 }, 1.5);
    expect([(110 - view.x) / view.zoom, (220 - view.y) / view.zoom]).toEqual([100, 200]);
    expect(zoomedAt(view, { x: 0, y: 0 }, 1000).zoom).toBe(2);
  });

  it("fits all of it", () => {
    const rect = { x: -500, y: 100, width: 4000, height: 1000 };
    const view = fitted(rect, screen);
    const seen = visible(view, screen);
    expect(seen.x <= rect.x && seen.x + seen.width >= rect.x + rect.width).toBe(true);
    expect(fitted({ x: 0, y: 0, width: 10, height: 10 }, screen).zoom).toBe(1);
    expect(centred({ x: 100, y: 100, width: 0, height: 0 }, screen, 1)).toEqual({ x: 300, y: 200, zoom: 1 });
  });

  it("finds the next box in a direction", () => {
    const at = (x: number, y: number): Rect => ({ x, y, width: 10, height: 10 });
    const others = new Map([
      ["right", at(100, 5)],
      ["farther", at(200, 0)],
      ["below", at(0, 100)],
    ]);
    expect(neighbour(at(0, 0), others, "ArrowRight")).toBe("right");
    expect(neighbour(at(0, 0), others, "ArrowDown")).toBe("below");
    expect(neighbour(at(0, 0), others, "ArrowLeft")).toBeUndefined();
  });
});
