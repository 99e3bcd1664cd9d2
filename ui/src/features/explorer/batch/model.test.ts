import { expect, test } from "vitest";
import type { Column, Table } from "../model";
import { askedOf, blockers, type Preview, valuesOf } from "./model";

const column = (name: string, more: Partial<Column> = {}) =>
  ({ name, type: "text", category: "text", nullable: true, default: null, writable: true, ...more }) as Column;
const table = {
  columns: [
    column("id", { category: "int" }),
    column("at", { category: "int" }),
    column("note"),
    column("n", { category: "int", nullable: false }),
  ],
  primary_key: ["id", "at"],
} as unknown as Table;

test("what was chosen is what is sent", () => {
  const values = valuesOf(table, {
    note: { text: "", isNull: true },
    n: { text: "", isNull: false, isDefault: true },
  });
  expect(values).toEqual({ set: { note: null }, defaults: ["n"], problems: {} });
  const many = {
    verb: "update",
    filter: [
      ["note", "eq.a&b"],
      ["search", "ü"],
    ],
    except: ['1,"2"'],
    count: 3,
  } as const;
  expect(
    askedOf(table, { ...many, filter: [...many.filter.map(([n, v]): [string, string] => [n, v])] }, values),
  ).toEqual({
    verb: "update",
    filter: "note=eq.a%26b&search=%C3%BC",
    set: { note: null },
    defaults: ["n"],
    except: [{ id: "1", at: "2" }],
  });
  expect(askedOf(table, { verb: "delete", filter: [], except: [], count: 3 })).toEqual({ verb: "delete", filter: "" });
});

test("a value that can't be one is told at its column", () => {
  const values = valuesOf(table, { n: { text: "many", isNull: false } });
  expect(Object.keys(values.problems)).toEqual(["n"]);
  expect(Object.keys(valuesOf(table, { n: { text: "", isNull: true } }).problems)).toEqual(["n"]);
});

test("only what may not lose its row stands in the way", () => {
  const one = (on_delete: string, count: number | null) => ({ on_delete, count });
  const preview = { references: [one("cascade", 5), one("no_action", 0), one("restrict", 2), one("no_action", null)] };
  expect(blockers(preview as unknown as Preview)).toEqual([one("restrict", 2)]);
});
