import { describe, expect, it } from "vitest";
import { isSingle, rangeOf, readTsv, spread } from "./range";

describe("readTsv", () => {
  it("reads what spreadsheets put on the clipboard", () => {
    expect(readTsv("a\tb\r\nc\t\r\n")).toEqual([
      ["a", "b"],
      ["c", ""],
    ]);
    expect(readTsv("one")).toEqual([["one"]]);
    expect(readTsv("")).toEqual([[""]]);
    expect(readTsv("a\n\nb")).toEqual([["a"], [""], ["b"]]);
  });

  it("takes quoted cells as one, and quotes inside a text as they are", () => {
    expect(readTsv('"two\nlines"\t"a ""b"""\n"\t"')).toEqual([["two\nlines", 'a "b"'], ["\t"]]);
    expect(readTsv('5" pipe\tx')).toEqual([['5" pipe', "x"]]);
    expect(readTsv('"open\tx')).toEqual([['"open', "x"]]);
  });
});

describe("spread", () => {
  const at = (top: number, left: number, bottom = top, right = left) => ({ top, left, bottom, right });
  const texts = (block: string[][], range: ReturnType<typeof at>) =>
    spread(block, range, 4, 4).map((one) => `${one.row}${one.col}${one.text}`);

  it("puts a block where it begins, and leaves out what lies beyond", () => {
    expect(texts([["a", "b"], ["c"]], at(1, 1))).toEqual(["11a", "12b", "21c"]);
    expect(texts([["a", "b"]], at(3, 3))).toEqual(["33a"]);
  });

  it("puts one value into every marked cell and a block as often as it fits", () => {
    expect(texts([["x"]], at(0, 1, 1, 2))).toEqual(["01x", "02x", "11x", "12x"]);
    expect(texts([["a"], ["b"]], at(0, 0, 3, 0))).toEqual(["00a", "10b", "20a", "30b"]);
    expect(texts([["a"], ["b"]], at(0, 0, 2, 0))).toEqual(["00a", "10b"]);
  });
});

describe("rangeOf", () => {
  it("is the same whichever corner was first", () => {
    const corners = [
      { row: 3, col: 1 },
      { row: 1, col: 2 },
    ] as const;
    expect(rangeOf(corners[0], corners[1])).toEqual(rangeOf(corners[1], corners[0]));
    expect(isSingle(rangeOf(null, corners[0]))).toBe(true);
  });
});
