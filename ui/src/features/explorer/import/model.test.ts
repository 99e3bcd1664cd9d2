import { expect, test } from "vitest";
import type { Column, Table } from "../model";
import { guessed, keysOf, missing, type RowImport, targetOf, valuesOf, withTarget, withValue } from "./model";

const column = (name: string, more: Partial<Column> = {}) =>
  ({ name, nullable: true, default: null, identity: null, generated: false, writable: true, ...more }) as Column;
const table = {
  columns: [column("id", { nullable: false }), column("name"), column("slug", { writable: false, generated: true })],
  primary_key: ["id"],
  uniques: [{ name: "k", columns: ["name"] }],
  indexes: [
    { name: "pk", columns: ["id"], unique: true, primary: true, definition: "" },
    { name: "e", columns: ["lower(name)"], unique: true, primary: false, definition: "" },
  ],
  insert: { allowed: true, reason: null },
} as unknown as Table;
const made = {
  columns: [
    { name: "ID", samples: [], looks: "integer", target: "id" },
    { name: "Slug", samples: [], looks: "text", target: "slug" },
  ],
} as unknown as RowImport;

test("what is called the same and may be written is guessed", () => {
  const settings = guessed(made, table);
  expect(settings).toEqual({ columns: { id: { column: "ID" } }, mode: "insert", key: null, null: null, whole: false });
});

test("a column of the file goes to one place, and a place takes one column", () => {
  const moved = withTarget(guessed(made, table), "Slug", "id");
  expect(targetOf(moved, "Slug")).toBe("id");
  expect(targetOf(moved, "ID")).toBe("");
  expect(withTarget(moved, "Slug", "").columns).toEqual({});
  const filled = withValue(moved, "name", null);
  expect(valuesOf(filled)).toEqual([["name", null]]);
  expect(withValue(filled, "name", undefined).columns).toEqual(moved.columns);
});

test("keys are told once, expressions are none, and what needs a value is missed", () => {
  expect(keysOf(table)).toEqual([["id"], ["name"]]);
  const settings = guessed({ ...made, columns: [] }, table);
  expect(missing(settings, table)).toEqual(["id"]);
  expect(missing({ ...settings, mode: "update" }, table)).toEqual([]);
});
