import { describe, expect, it } from "vitest";
import type { Column, Table } from "../model";
import { canGroup, functionsOf, readSummaries, selectOf } from "./summaries";

const column = (name: string, category: Column["category"], more: Partial<Column> = {}) =>
  ({ name, category, readable: true, primary_key: null, ...more }) as Column;
const table = {
  columns: [
    column("id", "int", { primary_key: 1 }),
    column("unit price", "numeric"),
    column("at", "timestamptz"),
    column("name", "text"),
    column("secret", "int", { readable: false }),
  ],
} as Table;

describe("summaries of groups", () => {
  it("fit the type of their column", () => {
    expect(table.columns.map((one) => functionsOf(one).length)).toEqual([2, 4, 2, 0, 0]);
    expect(canGroup(column("name", "text"))).toBe(true);
    expect(canGroup(column("doc", "json"))).toBe(false);
    expect(canGroup(column("secret", "text", { readable: false }))).toBe(false);
  });

  it("come from the address, without what the table doesn't have", () => {
    const read = readSummaries(table, "sum.unit price,max.at,sum.name,avg.secret,nope,sum.nothing,drop.at");
    expect(read.map((one) => one.key)).toEqual(["sum.unit price", "max.at"]);
    expect(readSummaries(table, undefined)).toEqual([]);
  });

  it("are asked for under names that no column has", () => {
    const asked = readSummaries(table, "sum.unit price");
    expect(selectOf(column("name", "text"), asked)).toBe('name,count:count(),"sum.unit price":"unit price".sum()');
    expect(selectOf(column("count", "int"), [])).toBe("count,rows:count()");
  });
});
