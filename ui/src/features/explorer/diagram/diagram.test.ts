import { describe, expect, it } from "vitest";
import { boundsOf, type Diagram, drawing, HEAD, LINE, wayOf } from "./diagram";

const column = (name: string, key = false) => ({ name, type: "integer", nullable: !key, key });
const end = (table: string, name: string) => ({ schema: "public", table, columns: [name] });

const DIAGRAM: Diagram = {
  tables: [
    {
      schema: "public",
      name: "album",
      kind: "table",
      comment: null,
      columns: [column("id", true), column("title")],
      width: 2,
    },
    {
      schema: "public",
      name: "track",
      kind: "table",
      comment: null,
      columns: [...Array.from({ length: 20 }, (_, n) => column(`c${n}`)), column("album"), column("id", true)],
      width: 30,
    },
  ],
  references: [{ name: "fk", from: end("track", "album"), to: end("album", "id"), unique: false, optional: true }],
  more: false,
};

describe("a diagram", () => {
  it("draws keys rather than other columns where not all fit, and tells how many are left", () => {
    const { boxes } = drawing(DIAGRAM, "all", new Map());
    const track = boxes.get("public.track");
    const names = track?.lines.map((line) => line.name) ?? [];
    expect(names.slice(-2)).toEqual(["album", "id"]);
    expect(track?.rest).toBe(30 - names.length);
    expect(track?.height).toBe(HEAD + (names.length + 1) * LINE + 6);
    expect(drawing(DIAGRAM, "keys", new Map()).boxes.get("public.track")?.lines).toHaveLength(2);
    expect(drawing(DIAGRAM, "names", new Map()).boxes.get("public.track")?.height).toBe(HEAD);
  });

  it("keeps where somebody put a table, and draws lines from there", () => {
    const { boxes, lines } = drawing(DIAGRAM, "all", new Map([["public.album", { x: 5000, y: -40 }]]));
    expect(boxes.get("public.album")).toMatchObject({ x: 5000, y: -40 });
    const [line] = lines;
    if (!line) throw new Error("there is one");
    const way = wayOf(line);
    expect([way.from.side, way.to.side]).toEqual([1, -1]);
    expect(way.to).toMatchObject({ x: 5000, y: -40 + HEAD + 3 + LINE / 2 });
    const bounds = boundsOf(line);
    expect(bounds.x).toBeLessThan(way.from.x);
    expect(bounds.x + bounds.width).toBeGreaterThan(way.to.x);
  });
});
