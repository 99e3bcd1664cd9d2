import { describe, expect, it } from "vitest";
import { one, pairsOf, parseSearch, stringifySearch } from "./search-params";

describe("the address bar", () => {
  it("keeps values as the text they are", () => {
    expect(parseSearch("?search=1&filter=vip%3Dis.true&row=null")).toEqual({
      search: "1",
      filter: "vip=is.true",
      row: "null",
    });
  });
  it("keeps repeated names, both ways", () => {
    expect(parseSearch("?a=1&b=x&a=2")).toEqual({ a: ["1", "2"], b: "x" });
    expect(stringifySearch({ a: ["1", "2"], b: undefined })).toBe("?a=1&a=2");
  });
  it("reads back what it wrote, whatever was typed", () => {
    for (const text of ["a&b=c", "100%", "ü ß/(x,y):*", '"+#?'])
      expect(parseSearch(stringifySearch({ q: text }))).toEqual({ q: text });
  });
  it("is empty for nothing", () => {
    expect(stringifySearch({})).toBe("");
    expect(one({ a: "" }, "a")).toBeUndefined();
    expect(one({ a: ["x", "y"] }, "a")).toBe("y");
    expect(pairsOf({ a: ["x", "y"], b: 1 })).toEqual([
      ["a", "x"],
      ["a", "y"],
      ["b", "1"],
    ]);
  });
});
