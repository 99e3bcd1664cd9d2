import { describe, expect, test } from "vitest";
import { readEvents } from "~/lib/server-events";
import { addedBy, type By, type Change, ofOthers, type Part, said, touchedKeys } from "./events";

const part = (by: By, counts: Partial<Part> = {}): Part => ({
  by,
  inserted: 0,
  updated: 0,
  deleted: 0,
  truncated: false,
  ...counts,
});
const change = (changes: Part[], more: Partial<Change> = {}): Change => ({
  at: "",
  changes,
  keys: [],
  deleted: [],
  ...more,
});
const ADA: By = { kind: "panel", name: "Ada" };
const SQL: By = { kind: "database", login: null };

test("events that came in pieces are put together", () => {
  const first = readEvents(':\n\nevent: state\ndata: {"a":1}\n\nevent: cha');
  expect(first).toEqual({ events: [{ name: "state", data: { a: 1 } }], rest: "event: cha" });
  expect(readEvents(`${first.rest}nge\ndata: 2\n\n`).events).toEqual([{ name: "change", data: 2 }]);
});

describe("what is said", () => {
  test("names the one who did it, and nobody where there were several", () => {
    expect(said([part(ADA, { updated: 3 })])).toEqual({ verb: "updated", count: 3, by: ADA });
    expect(said([part(ADA, { updated: 3 }), part(SQL, { updated: 1 })])).toEqual({
      verb: "updated",
      count: 4,
      by: { kind: "several" },
    });
    expect(said([part(SQL, { updated: 1, deleted: 1 })])?.verb).toBe("changed");
    expect(said([part(SQL, { inserted: null })])).toEqual({ verb: "inserted", count: null, by: SQL });
    expect(said([part(SQL, { truncated: true })])?.verb).toBe("truncated");
    expect(said([])).toBeNull();
    expect(said([part(SQL)])).toBeNull();
  });

  test("is not what one did oneself", () => {
    const mixed = change([part({ kind: "you" }, { inserted: 5 }), part(SQL, { inserted: 2 })]);
    expect(ofOthers(mixed)).toHaveLength(1);
    expect(addedBy(ofOthers(mixed))).toBe(2);
    expect(addedBy([part(SQL, { inserted: null }), part(ADA, { inserted: 2 })])).toBeNull();
  });
});

test("keys are written as the grid writes them, and not where they aren't all known", () => {
  expect(touchedKeys(change([], { keys: [[1], ["a,b", 2]], deleted: [["x"]] }))).toEqual(["1", '"a,b",2', "x"]);
  expect(touchedKeys(change([], { keys: null }))).toBeNull();
  expect(touchedKeys(change([], { deleted: null }))).toBeNull();
});
