import { describe, expect, it } from "vitest";
import { readColumnState, readSort, toggleSort, writeColumnState, writeSort } from "./address";
import {
  keepWidths,
  layoutColumns,
  moveColumn,
  nudgeColumn,
  orderedColumns,
  setHidden,
  setPinned,
  setWidth,
} from "./columns";
import { moveTo } from "./navigation";
import { headState, isSelected, keysBetween, selectedCount, setSelected } from "./selection";
import { Slots } from "./slots";
import type { ColumnState, GridColumn } from "./types";

const column = (key: string, more: Partial<GridColumn<unknown>> = {}): GridColumn<unknown> => ({
  key,
  label: key,
  render: () => key,
  ...more,
});
const COLUMNS = ["a", "b", "c", "d"].map((key) => column(key));
const order = (state: ColumnState) =>
  orderedColumns(COLUMNS, state)
    .map((c) => c.key)
    .join("");
const shown = (state: ColumnState) =>
  layoutColumns(COLUMNS, state)
    .placed.map((p) => p.column.key)
    .join("");

describe("column layout", () => {
  it("keeps columns that a stored order doesn't know", () => {
    expect(order({ order: ["c", "gone", "a"] })).toBe("cabd");
  });
  it("moves, hides, pins and sizes", () => {
    expect(order(moveColumn(COLUMNS, "d", "b", false, {}))).toBe("adbc");
    expect(order(nudgeColumn(COLUMNS, "a", 1, {}))).toBe("bacd");
    expect(nudgeColumn(COLUMNS, "a", -1, {})).toEqual({});
    expect(shown(setHidden(column("b"), true, {}))).toBe("acd");
    const pinned = setPinned(COLUMNS, "c", true, {});
    expect(order(pinned)).toBe("cabd");
    expect(layoutColumns(COLUMNS, pinned).pinnedCount).toBe(1);
    expect(layoutColumns(COLUMNS, setWidth("a", 300, {})).placed[1]?.left).toBe(300);
    expect(layoutColumns(COLUMNS, setWidth("a", 1, {})).placed[0]?.width).toBe(56);
  });
  it("skips hidden neighbours when nudged", () => {
    const state = setHidden(column("b"), true, {});
    expect(shown(nudgeColumn(COLUMNS, "a", 1, state))).toBe("cad");
  });
  it("returns to the empty state when everything is as it was", () => {
    expect(setHidden(column("b"), false, setHidden(column("b"), true, {}))).toEqual({});
    expect(moveColumn(COLUMNS, "a", "b", false, moveColumn(COLUMNS, "a", "b", true, {}))).toEqual({});
    expect(setPinned(COLUMNS, "c", false, setPinned(COLUMNS, "c", true, {}))).toEqual({});
    expect(setWidth("a", undefined, setWidth("a", 99, {}))).toEqual({});
  });
  it("pins what is dropped among pinned columns and frees what leaves them", () => {
    const one = setPinned(COLUMNS, "a", true, {});
    const two = moveColumn(COLUMNS, "d", "a", true, one);
    expect(two.pinned).toEqual(["a", "d"]);
    expect(moveColumn(COLUMNS, "d", "c", true, two).pinned).toEqual(["a"]);
  });
  it("gives spare room to the columns that can use it, up to a limit", () => {
    const columns = [column("id", { width: 100 }), column("t", { width: 200, grows: true })];
    const needs = new Map([["t", 480]]);
    const widths = (room: number, state: ColumnState = {}) =>
      layoutColumns(columns, state, { width: room, needs }).placed.map((p) => p.width);
    expect(widths(0)).toEqual([100, 200]);
    expect(widths(250)).toEqual([100, 200]);
    expect(widths(450)).toEqual([100, 350]);
    expect(widths(2000)).toEqual([100, 480]);
    expect(widths(450, setWidth("t", 210, {}))).toEqual([100, 210]);
    expect(layoutColumns([...columns].reverse(), {}, { width: 450, needs }).placed[1]?.left).toBe(350);
  });
  it("keeps what columns have grown to when one is sized by hand", () => {
    const columns = [column("a", { width: 100, grows: true }), column("b", { width: 100, grows: true })];
    const room = {
      width: 300,
      needs: new Map([
        ["a", 200],
        ["b", 200],
      ]),
    };
    const before = layoutColumns(columns, {}, room);
    const after = layoutColumns(columns, setWidth("b", 90, keepWidths(before, {})), room);
    expect(after.placed.map((p) => p.width)).toEqual([150, 90]);
  });
  it("shows columns hidden by default only when asked", () => {
    const secret = column("s", { hiddenByDefault: true });
    expect(layoutColumns([secret]).placed).toHaveLength(0);
    const state = setHidden(secret, false, {});
    expect(state).toEqual({ shown: ["s"] });
    expect(setHidden(secret, true, state)).toEqual({});
  });
});

describe("column state in the address", () => {
  it("survives odd names", () => {
    const state: ColumnState = {
      order: ["a,b", "c;d", "e=f", "g:h", "50%", "ü 🚀", "%2C"],
      hidden: ["x"],
      shown: ["y"],
      pinned: [],
      widths: { "a,b": 200, "g:h": 90 },
    };
    expect(readColumnState(writeColumnState(state))).toEqual(state);
  });
  it("is absent for the default and harmless for nonsense", () => {
    expect(writeColumnState(undefined)).toBe("");
    expect(writeColumnState({})).toBe("");
    for (const text of ["", "x", "=;=", "width=a", "width=a:-5,b:x", "order="])
      expect(readColumnState(text)).toBeUndefined();
    expect(readColumnState("width=a:99999")).toEqual({ widths: { a: 1200 } });
  });
});

describe("sort", () => {
  it("round-trips, odd names too", () => {
    const sort = [
      { key: "a", desc: true },
      { key: "my.col,x", desc: false },
      { key: 'q"uote', desc: true },
    ];
    expect(writeSort(sort)).toBe('a.desc,"my.col,x","q\\"uote".desc');
    expect(readSort(writeSort(sort))).toEqual(sort);
    expect(readSort("a.asc,b.desc.nullslast,a.desc,,")).toEqual([
      { key: "a", desc: false },
      { key: "b", desc: true },
    ]);
    expect(readSort(undefined)).toEqual([]);
  });
  it("cycles ascending, descending, off; Shift keeps the others", () => {
    const one = toggleSort([], "a", false);
    expect(one).toEqual([{ key: "a", desc: false }]);
    const two = toggleSort(one, "b", true);
    expect(writeSort(two)).toBe("a,b");
    expect(writeSort(toggleSort(two, "a", true))).toBe("a.desc,b");
    expect(writeSort(toggleSort(toggleSort(two, "a", true), "a", true))).toBe("b");
    expect(writeSort(toggleSort(two, "b", false))).toBe("b.desc");
    expect(toggleSort([{ key: "b", desc: true }], "b", false)).toEqual([]);
  });
});

describe("selection", () => {
  const loaded = ["a", "b", "c", "d"];
  it("takes ranges in both directions", () => {
    expect(keysBetween(loaded, "b", "d")).toEqual(["b", "c", "d"]);
    expect(keysBetween(loaded, "d", "b")).toEqual(["b", "c", "d"]);
    expect(keysBetween(loaded, null, "c")).toEqual(["c"]);
    expect(keysBetween(loaded, "gone", "c")).toEqual(["c"]);
    expect(keysBetween(loaded, "a", "gone")).toEqual([]);
  });
  it("turns single rows on and off", () => {
    const some = setSelected({ keys: [] }, ["a", "c"], true);
    expect(headState(some, loaded)).toBe("some");
    expect(setSelected(some, ["a", "c"], false)).toEqual({ keys: [] });
    expect(headState(setSelected(some, loaded, true), loaded)).toBe("all");
  });
  it("holds everything but exceptions", () => {
    const most = setSelected({ keys: [], all: true }, ["b"], false);
    expect(most).toEqual({ keys: [], all: true, except: ["b"] });
    expect([isSelected(most, "a"), isSelected(most, "b")]).toEqual([true, false]);
    expect(selectedCount(most, 10)).toBe(9);
    expect(selectedCount(most, null)).toBeUndefined();
    expect(setSelected(most, ["b"], true)).toEqual({ keys: [], all: true });
  });
});

describe("keyboard", () => {
  const extent = { rows: 100, cols: 5, page: 20 };
  const press = (key: string, at = { row: 10, col: 2 }, more = {}) =>
    moveTo(at, { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more }, extent);
  it("moves and stays inside", () => {
    expect(press("ArrowDown")).toEqual({ row: 11, col: 2 });
    expect(press("j")).toEqual({ row: 11, col: 2 });
    expect(press("k", { row: 0, col: 2 })).toEqual({ row: 0, col: 2 });
    expect(press("ArrowUp", { row: 0, col: 2 })).toEqual({ row: -1, col: 2 });
    expect(press("PageDown", { row: 95, col: 2 })).toEqual({ row: 99, col: 2 });
    expect(press("Home")).toEqual({ row: 10, col: 0 });
    expect(press("End", undefined, { ctrlKey: true })).toEqual({ row: 99, col: 4 });
    expect(press("ArrowRight", { row: 1, col: 4 })).toEqual({ row: 1, col: 4 });
  });
  it("leaves other keys alone", () => {
    for (const key of ["a", "Enter", "Escape", "/"]) expect(press(key)).toBeUndefined();
    expect(press("ArrowDown", undefined, { altKey: true })).toBeUndefined();
    expect(press("j", undefined, { ctrlKey: true })).toBeUndefined();
  });
});

describe("slots for rows", () => {
  it("stay with the rows that stay, and go on to those that come", () => {
    const slots = new Slots();
    expect(slots.assign(["a", "b", "c"])).toEqual([0, 1, 2]);
    expect(slots.assign(["b", "c", "d"])).toEqual([1, 2, 0]);
    // The active row is kept, wherever the others are.
    expect(slots.assign(["b", "x", "y"])).toEqual([1, 0, 2]);
    expect(slots.assign(["b", "x", "y", "z"])).toEqual([1, 0, 2, 3]);
    expect(slots.assign(["z"])).toEqual([3]);
    expect(slots.assign([])).toEqual([]);
  });
});
