import { describe, expect, it } from "vitest";
import { changedFields, mergeFields, same, settle } from "./merge";

describe("same", () => {
  it("ignores the order of keys, at any depth", () => {
    expect(same({ a: 1, b: { c: [1, 2], d: null } }, { b: { d: null, c: [1, 2] }, a: 1 })).toBe(true);
  });
  it("tells NULL from an empty text, and lists from objects", () => {
    expect(same(null, "")).toBe(false);
    expect(same([], {})).toBe(false);
    expect(same([1, 2], [2, 1])).toBe(false);
  });
});

describe("changedFields", () => {
  it("keeps only what differs", () => {
    expect(changedFields({ a: 1, b: { x: 1 }, c: null }, { a: 2, b: { x: 1 }, c: null })).toEqual({ a: 2 });
  });
  it("sends a value that was emptied", () => {
    expect(changedFields({ note: "x" }, { note: null })).toEqual({ note: null });
  });
});

describe("mergeFields", () => {
  const base = { name: "Ada", email: "a@x", note: null };
  it("lets changes to different fields stand side by side", () => {
    expect(mergeFields(base, { name: "Ada L." }, { email: "b@x" })).toEqual({ apart: { name: "Ada L." }, both: [] });
  });
  it("reports a field both changed, with its three states", () => {
    expect(mergeFields(base, { name: "Mine", note: "n" }, { name: "Theirs" })).toEqual({
      apart: { note: "n" },
      both: [{ field: "name", base: "Ada", mine: "Mine", theirs: "Theirs" }],
    });
  });
  it("has nothing to settle when both wrote the same", () => {
    expect(mergeFields(base, { name: "Same" }, { name: "Same" })).toEqual({ apart: {}, both: [] });
  });
});

describe("settle", () => {
  const merge = mergeFields({ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 2 }, { a: 3, b: 3 });
  it("sends mine where mine was chosen, and never theirs", () => {
    expect(settle(merge, { a: "mine", b: "theirs" })).toEqual({ c: 2, a: 2 });
  });
});
