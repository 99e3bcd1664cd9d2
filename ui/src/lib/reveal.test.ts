import { afterEach, describe, expect, it, vi } from "vitest";
import { conceal, reveal, revealHeader } from "./reveal";

const person = { source: "main", schema: "public", table: "person" };
const said = (path: string, profile?: string) =>
  revealHeader(path, new Headers(profile ? { "Accept-Profile": profile } : {}))["Reveal-Reason"];

describe("the reason for seeing sensitive columns", () => {
  afterEach(() => conceal(person));

  it("goes with requests about the table, and with no others", () => {
    reveal(person, "Ticket 7: ü");
    expect(said("/data/main/person")).toBe("Ticket%207%3A%20%C3%BC");
    expect(said("/explorer/main/tables/public/person/export/csv")).toBe("Ticket%207%3A%20%C3%BC");
    for (const path of [
      "/data/main/visit",
      "/data/other/person",
      "/explorer/main/tables/hr/person",
      "/explorer/main/sql/read",
      "/users",
    ])
      expect(said(path)).toBeUndefined();
    expect(said("/data/main/person", "hr")).toBeUndefined();
  });

  it("is that of a source for its SQL and for changes of its tables", () => {
    reveal({ source: "main" }, "Ticket 9");
    expect(said("/explorer/main/sql/read")).toBe("Ticket%209");
    expect(said("/explorer/main/schema/changes")).toBe("Ticket%209");
    expect(said("/data/main/person")).toBeUndefined();
    conceal({ source: "main" });
  });

  it("is over when it is taken back, and after a quarter of an hour", () => {
    vi.useFakeTimers();
    const over = vi.fn();
    reveal(person, "Ticket 7", over);
    vi.advanceTimersByTime(15 * 60_000 - 1);
    expect(said("/data/main/person")).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(said("/data/main/person")).toBeUndefined();
    expect(over).toHaveBeenCalledOnce();
    reveal(person, "Ticket 8");
    conceal(person);
    expect(said("/data/main/person")).toBeUndefined();
    vi.useRealTimers();
  });
});
