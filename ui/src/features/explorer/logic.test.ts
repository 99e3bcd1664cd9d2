import { describe, expect, it } from "vitest";
import { settle } from "~/lib/merge";
import { filteredTable, foreignKeyOf, targetFilter } from "./cells/foreign";
import { cellText } from "./cells/text";
import { selectOf } from "./data";
import { doomedKeys, doomedMatching } from "./doomed";
import { mergeConflict } from "./edit/conflict";
import { elementColumn } from "./editors/array/items";
import { sameValue } from "./editors/compare";
import { keyFilter, keyOf, keysFilter, keyValues } from "./key";
import type { Column, ForeignKey, Table, TableSummary } from "./model";
import { changedValues, insertValues, newDrafts, rowDrafts } from "./row/form";
import { rowJson } from "./row/RawJson";
import { addressProblem } from "./tree/AddSourceDialog";
import { buildTree, linesOf } from "./tree/tree";

const column = (name: string, category: Column["category"], more: Partial<Column> = {}): Column => ({
  name,
  type: category === "json" ? "jsonb" : category,
  category,
  nullable: true,
  default: null,
  generated: false,
  identity: null,
  comment: null,
  max_length: null,
  enum_values: null,
  element: null,
  primary_key: null,
  readable: true,
  writable: true,
  hidden_reason: null,
  operators: ["eq", "is"],
  sortable: true,
  unknown_type: null,
  empty: [],
  sensitive: false,
  ...more,
});

describe("rows to delete", () => {
  const one = { primary_key: ["id"] } as Table;
  const two = { primary_key: ["a", "b"] } as Table;
  it("are named by their keys when picked one by one", () => {
    expect(doomedKeys(one, ["1", "2"])).toEqual({ keys: ["1", "2"], filter: [["id", "in.(1,2)"]], count: 2 });
  });
  it("are named by the list's own filter when all that match are meant", () => {
    const matching: [string, string][] = [["state", "eq.old"]];
    expect(doomedMatching(one, matching, [], 7)).toEqual({ keys: null, filter: matching, count: 7 });
  });
  it("are never named by no filter at all", () => {
    expect(doomedMatching(one, [], [], 7).filter).toEqual([["id", "not.is.null"]]);
    expect(doomedMatching(two, [], [], 7).filter).toEqual([["a", "not.is.null"]]);
  });
  it("leave out what was taken out again", () => {
    expect(doomedMatching(one, [["state", "eq.old"]], ["3"], 6).filter).toEqual([
      ["state", "eq.old"],
      ["id", "not.in.(3)"],
    ]);
    expect(doomedMatching(two, [], ["1,2"], 6).filter).toEqual([
      ["a", "not.is.null"],
      ["not.or", "(and(a.eq.1,b.eq.2))"],
    ]);
  });
});

describe("row keys", () => {
  const one = { primary_key: ["id"] };
  const two = { primary_key: ["a", "my col"] };
  it("survive odd values, composite ones too", () => {
    for (const text of ["5", "a,b", 'say "x"', "(1)", "\\", "", " ", "ü🚀", "null"]) {
      const key = keyOf(two, { a: 1, "my col": text });
      expect(key && keyValues(two, key)).toEqual(["1", text]);
    }
    expect(keyOf({ primary_key: [] }, { a: 1 })).toBeUndefined();
  });
  it("become filters", () => {
    expect(keyFilter(one, "5")).toEqual([["id", "eq.5"]]);
    expect(keyFilter(two, '1,"x,y"')).toEqual([
      ["a", "eq.1"],
      ['"my col"', "eq.x,y"],
    ]);
    expect(keysFilter(one, ["1", '"a,b"'])).toEqual([["id", 'in.(1,"a,b")']]);
    expect(keysFilter(two, ["1,2", '3,"("'])).toEqual([
      ["or", '(and(a.eq.1,"my col".eq.2),and(a.eq.3,"my col".eq."("))'],
    ]);
  });
  it("that don't fit the table are refused", () => {
    expect(keyFilter(one, "1,2")).toBeUndefined();
    expect(keyFilter(two, "1")).toBeUndefined();
    expect(keysFilter(two, ["1,2", "3"])).toBeUndefined();
  });
});

describe("asking for columns", () => {
  it("takes JSON as text and leaves out what can't be read", () => {
    expect(selectOf([column("a", "int"), column("b", "text")])).toEqual([]);
    expect(selectOf([column("a", "int"), column("my doc", "json"), column("s", "text", { readable: false })])).toEqual([
      ["select", 'a,"my doc"::text'],
    ]);
    // Each element of a list, too.
    expect(
      selectOf([column("docs", "array", { element: "jsonb" }), column("ns", "array", { element: "bigint" })]),
    ).toEqual([["select", "docs::text[],ns"]]);
  });
});

describe("merging with somebody else's change", () => {
  const columns = [column("title", "text"), column("small", "int"), column("doc", "json")];
  const conflict = (fields: [string, unknown][]) => ({
    current_version: "9",
    fields: fields.map(([field, theirs]) => ({ field, base: null, mine: null, theirs })),
  });
  it("keeps my change when they touched other fields", () => {
    const merge = mergeConflict(columns, { title: "a", small: 1 }, { title: "b" }, conflict([["title", "a"]]));
    expect(merge).toEqual({ apart: { title: "b" }, both: [] });
  });
  it("asks when both changed the same field", () => {
    const merge = mergeConflict(
      columns,
      { title: "a", small: 1 },
      { title: "b", small: 2 },
      conflict([["title", "c"]]),
    );
    expect(merge.both).toEqual([{ field: "title", base: "a", mine: "b", theirs: "c" }]);
    expect(merge.apart).toEqual({ small: 2 });
    expect(settle(merge, { title: "theirs" })).toEqual({ small: 2 });
    expect(settle(merge, { title: "mine" })).toEqual({ small: 2, title: "b" });
  });
  it("compares JSON by what it says, whatever its spelling", () => {
    const base = { doc: '{"a": 1, "b": [true]}' };
    expect(mergeConflict(columns, base, { doc: { a: 2 } }, conflict([["doc", { b: [true], a: 1 }]])).both).toEqual([]);
    expect(mergeConflict(columns, base, { doc: { a: 2 } }, conflict([["doc", { a: 3 }]])).both).toHaveLength(1);
  });
  it("tells NULL from ''", () => {
    expect(mergeConflict(columns, { title: null }, { title: "x" }, conflict([["title", ""]])).both).toHaveLength(1);
  });
});

describe("forms", () => {
  const columns = [
    column("id", "bigint", { identity: "always", nullable: false }),
    column("name", "text", { nullable: false }),
    column("note", "text"),
    column("at", "timestamptz", { default: "now()", nullable: false }),
    column("sum", "int", { generated: true, writable: false }),
    column("doc", "json"),
    column("n", "bigint"),
  ];
  it("insert sends neither defaults nor computed columns", () => {
    const drafts = { ...newDrafts(columns), name: { text: "", isNull: false } };
    expect(insertValues(columns, drafts)).toEqual({
      values: { name: "", note: null, doc: null, n: null },
      problems: {},
    });
  });
  it("names what is wrong", () => {
    const drafts = {
      ...newDrafts(columns),
      name: { text: "", isNull: true },
      n: { text: "9223372036854775808", isNull: false },
    };
    expect(Object.keys(insertValues(columns, drafts).problems)).toEqual(["name", "n"]);
  });
  it("update sends only what was changed", () => {
    const row = {
      id: "1",
      name: "",
      note: null,
      at: "2026-11-20T13:45:00.123456+00:00",
      doc: '{"a": 9007199254740993}',
      n: "9007199254740993",
    };
    const drafts = rowDrafts(columns, row);
    const editable = columns.filter((c) => c.writable && !c.identity);
    expect(changedValues(editable, drafts, row).values).toEqual({});
    const changed = { ...drafts, note: { text: "", isNull: false }, n: { text: "9007199254740992", isNull: false } };
    expect(changedValues(editable, changed, row).values).toEqual({ note: "", n: "9007199254740992" });
  });
  it("JSON null and NULL are two values", () => {
    const json = column("doc", "json");
    expect(sameValue(json, null, "null")).toBe(false);
    expect(sameValue(json, { a: 1 }, '{"a": 1}')).toBe(true);
    expect(sameValue(column("t", "text"), "", null)).toBe(false);
  });
  it("raw JSON keeps every digit", () => {
    const text = rowJson({ columns: [column("n", "bigint"), column("t", "text"), column("e", "text")] } as never, {
      n: "9007199254740993",
      t: null,
      e: "",
    });
    expect(text).toBe('{\n  "n": "9007199254740993",\n  "t": null,\n  "e": ""\n}');
  });
});

describe("elements of arrays", () => {
  it("have the category of their type", () => {
    const element = (type: string, more: Partial<Column> = {}) =>
      elementColumn(column("c", "array", { type: `${type}[]`, element: type, ...more })).category;
    expect(
      [
        "integer",
        "bigint",
        "character varying",
        "numeric",
        "timestamp with time zone",
        "jsonb",
        "int4range",
        "mytype",
      ].map((t) => element(t)),
    ).toEqual(["int", "bigint", "text", "numeric", "timestamptz", "json", "range", "other"]);
    expect(element("mood", { enum_values: ["ok"] })).toBe("enum");
  });
});

describe("foreign keys", () => {
  const key: ForeignKey = {
    name: "fk",
    columns: ["a", "b"],
    schema: "s",
    table: "t",
    target_columns: ["x", "y"],
    title_column: null,
  };
  it("lead to the row they point at, or nowhere when NULL", () => {
    expect(targetFilter(key, { a: 1, b: "z" })).toEqual([
      ["x", "eq.1"],
      ["y", "eq.z"],
    ]);
    expect(targetFilter(key, { a: 1, b: null })).toBeUndefined();
    expect(foreignKeyOf([key], "a")).toBe(key);
    expect(foreignKeyOf([key], "b")).toBeUndefined();
  });
  it("make addresses that survive odd names", () => {
    expect(filteredTable("my db", "public", "a/b", [["x", "1&2"]])).toEqual({
      to: "/admin/tables/my%20db/public/a%2Fb",
      search: { filter: "x=eq.1%262" },
    });
  });
});

describe("cells", () => {
  it("show arrays with NULL and '' apart", () => {
    expect(cellText(["a", null, "", { b: 1 }], { category: "array" })).toBe('a, NULL, "", {"b":1}');
    expect(cellText({ $short: "abc", $size: 9000 }, { category: "text" })).toBe("abc");
  });
});

describe("tree of tables", () => {
  const table = (schema: string, name: string, more: Partial<TableSummary> = {}): TableSummary => ({
    schema,
    name,
    kind: "table",
    estimated_rows: null,
    size_bytes: null,
    comment: null,
    panel: false,
    parent: null,
    ...more,
  });
  const tables = [
    table("kernel", "audit", { panel: true }),
    table("app", "z"),
    table("public", "events", { kind: "partitioned" }),
    table("public", "events_2026", { kind: "partition", parent: "public.events" }),
    table("public", "events_2025", { kind: "partition", parent: "public.events" }),
    table("public", "a10"),
    table("public", "a9"),
  ];
  const names = (query: string, open: string[] = []) =>
    buildTree(tables, query, new Set(open)).map(
      (s) => `${s.schema}: ${s.tables.map((t) => ">".repeat(t.depth) + t.table.name).join(" ")}`,
    );
  it("puts public first, the panel last, partitions below their parent", () => {
    expect(names("")).toEqual(["public: a9 a10 events", "app: z", "kernel: audit"]);
    expect(names("", ["public.events"])[0]).toBe("public: a9 a10 events >events_2025 >events_2026");
  });
  it("is lines from top to bottom, of a folded schema only its own", () => {
    const lines = linesOf(buildTree(tables, "", new Set()), (node) => node.schema === "app");
    expect(lines.map((line) => (line.kind === "schema" ? line.schema.schema : `- ${line.node.table.name}`))).toEqual([
      "public",
      "- a9",
      "- a10",
      "- events",
      "app",
      "kernel",
      "- audit",
    ]);
  });
  it("a search brings the parent along", () => {
    expect(names("2025")).toEqual(["public: events >events_2025"]);
    expect(names("kernel")).toEqual(["kernel: audit"]);
    expect(names("nothing")).toEqual([]);
  });
});

describe("addresses of sources", () => {
  it("are checked before they are sent", () => {
    expect(addressProblem("postgresql://u:p%40ss@host:5432/db?sslmode=require")).toBeUndefined();
    expect(addressProblem("postgres://host/db")).toBeUndefined();
    expect(addressProblem("")).toBe("blank");
    expect(addressProblem("mysql://host/db")).toBe("scheme");
    expect(addressProblem("postgresql://host")).toBe("form");
    expect(addressProblem("postgresql://ho st/db")).toBe("form");
  });
});
