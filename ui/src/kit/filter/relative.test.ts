import { describe, expect, it } from "vitest";
import { readSpan, spanBounds, writeBound, writeSpan } from "./relative";

const NOW = new Date(2026, 10, 20, 13, 45, 30); // a Friday

const days = (text: string) => {
  const span = readSpan(text);
  if (!span) throw new Error(text);
  return spanBounds(span, NOW).map((d) => writeBound(d, "timestamp"));
};

describe("relative stretches", () => {
  it("have whole days as bounds", () => {
    expect(days("this.day")).toEqual(["2026-11-20T00:00:00", "2026-11-21T00:00:00"]);
    expect(days("previous.day")).toEqual(["2026-11-19T00:00:00", "2026-11-20T00:00:00"]);
    expect(days("last.7.day")).toEqual(["2026-11-14T00:00:00", "2026-11-21T00:00:00"]);
    expect(days("next.2.day")).toEqual(["2026-11-20T00:00:00", "2026-11-22T00:00:00"]);
  });
  it("begin weeks on Monday and cross months and years", () => {
    expect(days("this.week")[0]).toBe("2026-11-16T00:00:00");
    expect(days("previous.month")).toEqual(["2026-10-01T00:00:00", "2026-11-01T00:00:00"]);
    expect(days("last.12.month")).toEqual(["2025-12-01T00:00:00", "2026-12-01T00:00:00"]);
    expect(days("this.year")).toEqual(["2026-01-01T00:00:00", "2027-01-01T00:00:00"]);
    expect(days("last.24.hour")[0]).toBe("2026-11-19T14:00:00");
  });
  it("write what they read and refuse the rest", () => {
    for (const text of ["last.7.day", "this.week", "next.3.month"]) {
      const span = readSpan(text);
      expect(span && writeSpan(span)).toBe(text);
    }
    for (const text of ["", "last.day", "last.0.day", "this.7.day", "last.7.decade", "7.day"]) {
      expect(readSpan(text)).toBeUndefined();
    }
  });
});
