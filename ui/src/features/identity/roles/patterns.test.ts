import { describe, expect, it } from "vitest";
import {
  type Ancestor,
  allowed,
  decide,
  difference,
  isOff,
  keeps,
  matches,
  switchFeature,
  toggle,
  toggleResource,
} from "./patterns";

const ALL = ["users:read", "users:suspend", "users:delete", "staff:read", "rows:read", "rows:update"];
const reader: Ancestor = { label: "Reader", patterns: ["*:read", "-staff:read"] };

describe("patterns", () => {
  it("match as the server says", () => {
    expect(matches("*", "users:read")).toBe(true);
    expect(matches("users:*", "users:read")).toBe(true);
    expect(matches("*:read", "users:read")).toBe(true);
    expect(matches("user:*", "users:read")).toBe(false);
    expect(matches("users", "users:read")).toBe(false);
  });

  it("tell where something comes from, and taking away wins", () => {
    expect(decide("users:suspend", ["users:*"], [])).toEqual({ state: "given", by: null, pattern: "users:*" });
    expect(decide("users:read", [], [reader])).toEqual({ state: "inherited", by: "Reader", pattern: "*:read" });
    expect(decide("staff:read", ["*"], [reader])).toEqual({ state: "taken", by: "Reader", pattern: "-staff:read" });
    expect(decide("rows:update", [], [reader]).state).toBe("none");
  });
});

describe("toggling", () => {
  it("adds and removes a permission by its name", () => {
    expect(toggle([], [], "users:read", true, ALL)).toEqual(["users:read"]);
    expect(toggle(["users:read"], [], "users:read", false, ALL)).toEqual([]);
  });

  it("takes away what a wider pattern or an ancestor gives, and gives it back", () => {
    const without = toggle(["users:*"], [], "users:delete", false, ALL);
    expect(without).toEqual(["users:*", "-users:delete"]);
    expect(toggle(without, [], "users:delete", true, ALL)).toEqual(["users:*"]);
    expect(toggle([], [reader], "users:read", false, ALL)).toEqual(["-users:read"]);
  });

  it("keeps taking the rest when one of several comes back", () => {
    const own = toggle(["*", "-users:*"], [], "users:read", true, ALL);
    expect(allowed("users:read", own, [])).toBe(true);
    expect(allowed("users:delete", own, [])).toBe(false);
    expect(allowed("rows:update", own, [])).toBe(true);
  });

  it("can't give what an ancestor takes away", () => {
    expect(toggle([], [reader], "staff:read", true, ALL)).toEqual([]);
  });

  it("works on a whole resource", () => {
    expect(toggleResource(["users:read"], [], "users", true, ALL)).toEqual(["users:*"]);
    expect(toggleResource(["users:*", "rows:read"], [], "users", false, ALL)).toEqual(["rows:read"]);
    expect(toggleResource(["*"], [], "users", false, ALL)).toEqual(["*", "-users:*"]);
    expect(toggleResource(["*", "-users:delete"], [], "users", true, ALL)).toEqual(["*"]);
  });
});

describe("features", () => {
  it("are off for what later versions bring, too", () => {
    const off = switchFeature(["*"], ["rows", "sources"], false);
    expect(off).toEqual(["*", "-rows:*", "-sources:*"]);
    expect(isOff(off, [], ["rows", "sources"])).toBe(true);
    expect(switchFeature(off, ["rows", "sources"], true)).toEqual(["*"]);
    expect(isOff(["-rows:read", "-rows:update"], [], ["rows"])).toBe(false);
  });
});

it("says what a change means for who has the role", () => {
  const change = difference({ own: ["users:*"], chain: [] }, { own: ["-users:read"], chain: [reader] }, ALL);
  expect(change).toEqual({ gained: ["rows:read"], lost: ["users:read", "users:suspend", "users:delete"] });
});

it("knows what a level leaves of a role", () => {
  const invite = { name: "memberships:invite", administrative: true };
  const book = { name: "services:book", administrative: false };
  const look = { name: "memberships:read", administrative: false };
  expect([invite, book, look].map((one) => keeps("admin", one))).toEqual([true, true, true]);
  expect([invite, book, look].map((one) => keeps("read_write", one))).toEqual([false, true, true]);
  expect([invite, book, look].map((one) => keeps("read_only", one))).toEqual([false, false, true]);
});
