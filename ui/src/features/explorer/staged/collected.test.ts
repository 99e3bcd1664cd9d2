import { describe, expect, it } from "vitest";
import { Problem } from "~/lib/problem";
import type { Column, Table } from "../model";
import { newDrafts } from "../row/form";
import { type Collected, countAll, isWrong, markRefused, NOTHING, surprises, toBody } from "./collected";
import { asRow, dropFresh, fill, freshKey, keep, toDraft } from "./fresh";
import { type Change, doom, goOn, overlay, refuseRow, spare, stage } from "./staged";

const column = (name: string, category: Column["category"], more: Partial<Column> = {}) =>
  ({
    name,
    category,
    nullable: true,
    type: category,
    default: null,
    identity: null,
    writable: true,
    ...more,
  }) as Column;
const id = column("id", "int", { nullable: false, default: "nextval('book_id')" });
const title = column("title", "text", { nullable: false });
const pages = column("pages", "int");
const table = {
  schema: "public",
  name: "book",
  primary_key: ["id"],
  columns: [id, title, pages],
  foreign_keys: [],
  trash: null,
} as unknown as Table;
const own = { ...table, foreign_keys: [{ schema: "public", table: "book" }] } as unknown as Table;
const row = (id: number) => ({ id, title: `Book ${id}`, pages: 10, $version: "7" });
const set = (id: number, of: Column, value: unknown): Change => ({
  key: String(id),
  row: row(id),
  column: of,
  cell: { value, problem: null },
});
const NEW = freshKey(1);
const typed = { ...newDrafts(table.columns), title: { text: "Fresh", isNull: false } };
const refusal = (body: object, status = 422) =>
  new Problem({ type: "/problems/validation", title: "Refused", status, ...body });

const all: Collected = {
  stored: doom(stage(NOTHING.stored, [set(1, pages, 11)]), [{ key: "2", row: row(2) }], "delete"),
  fresh: keep(NOTHING.fresh, NEW, typed),
};

describe("what is collected", () => {
  it("is sent as one: rows go, rows change, rows come", () => {
    const { changes, keys } = toBody(all, table);
    expect(keys).toEqual(["2", "1", NEW]);
    expect(changes).toEqual([
      { key: { id: 2 }, version: "7", delete: true },
      { key: { id: 1 }, version: "7", base: { pages: 10 }, set: { pages: 11 } },
      // What has a default is left to the database.
      { insert: { title: "Fresh", pages: null } },
    ]);
    expect(countAll(all)).toEqual({ fresh: 1, cells: 1, rows: 1, doomed: 1, all: 3 });
  });

  it("comes before it goes where rows point at each other", () => {
    expect(toBody(all, own).keys).toEqual([NEW, "1", "2"]);
  });

  it("sets the edits of a row aside that is to be deleted, and has them again when it stays", () => {
    const edited = stage(NOTHING.stored, [set(1, pages, 11)]);
    const doomed = doom(edited, [{ key: "1", row: row(1) }], "delete");
    expect(overlay(row(1), doomed.get("1"))).toEqual(row(1));
    expect(countAll({ ...NOTHING, stored: doomed })).toEqual({ fresh: 0, cells: 0, rows: 0, doomed: 1, all: 1 });
    expect(spare(doomed, ["1"])).toEqual(edited);
    expect(spare(doom(NOTHING.stored, [{ key: "1", row: row(1) }], "delete"), ["1"]).size).toBe(0);
  });

  it("moves rows into the trash by the clock of the database", () => {
    const kept = { ...table, trash: "deleted_at" } as Table;
    const stored = doom(NOTHING.stored, [{ key: "1", row: row(1) }], "trash");
    expect(toBody({ ...NOTHING, stored }, kept).changes).toEqual([
      { key: { id: 1 }, version: "7", base: { deleted_at: null }, set: { deleted_at: "now" } },
    ]);
  });

  it("keeps a new row as its form has it, and shows what is typed", () => {
    expect(asRow(all.fresh.get(NEW) as never, table)).toEqual({ $new: NEW, title: "Fresh", pages: null });
    const changed = fill(all.fresh, NEW, [["pages", toDraft(pages, 12)]]);
    expect(asRow(changed.get(NEW) as never, table).pages).toBe(12);
    const wrong = fill(all.fresh, NEW, [["pages", { text: "many", isNull: false }]]);
    expect([isWrong(all, table), isWrong({ ...all, fresh: wrong }, table)]).toEqual([false, true]);
    expect(dropFresh(changed, [NEW]).size).toBe(0);
  });
});

describe("a refusal", () => {
  it("is shown at the cell, the new row's column, or the row that goes", () => {
    const errors = [
      { field: "changes.0.delete", code: "referenced", message: "others point here" },
      { field: "changes.1.set.pages", code: "check", message: "too few" },
      { field: "changes.2.insert.title", code: "unique", message: "taken" },
      { field: "changes.9.set.pages", code: "check", message: "nowhere" },
    ];
    const marked = markRefused(all, toBody(all, table).keys, refusal({ errors }));
    expect(marked?.stored.get("2")?.problem).toEqual({ text: "others point here" });
    expect(marked?.stored.get("1")?.cells.pages?.problem).toBe("too few");
    expect(marked?.fresh.get(NEW)?.refused).toEqual({ title: "taken" });
    // The database may say something else the next time: it can be sent again.
    expect(isWrong(marked as Collected, table)).toBe(false);
    // The next one says only what holds by then.
    const next = markRefused(marked as Collected, toBody(all, table).keys, refusal({ errors: errors.slice(1, 2) }));
    expect([next?.stored.get("2")?.problem, next?.fresh.get(NEW)?.refused]).toEqual([null, {}]);
  });

  it("about a whole row is shown there, and about none nowhere", () => {
    const keys = toBody(all, table).keys;
    expect(markRefused(all, keys, refusal({ row: 2, detail: "No" }))?.fresh.get(NEW)?.problem).toBe("No");
    expect(markRefused(all, keys, refusal({ detail: "The server is away" }))).toBe(null);
  });

  it("because somebody was faster lets one go on with the row as it is now", () => {
    const stored = refuseRow(all.stored, "2", { text: "changed", version: "9" });
    expect(toBody({ ...all, stored: goOn(stored, "2") }, table).changes[0]).toMatchObject({ version: "9" });
    expect(goOn(all.stored, "2")).toBe(all.stored);
  });
});

describe("trying it", () => {
  it("tells what the database gives and changes besides", () => {
    const after = { id: 7, title: "Fresh", pages: null };
    expect(surprises(all, NEW, { before: null, after })).toEqual(["id"]);
    const stored = { id: 1, title: "Book 1", pages: 10 };
    expect(surprises(all, "1", { before: stored, after: { ...stored, pages: 11 } })).toEqual([]);
    expect(surprises(all, "1", { before: stored, after: { ...stored, pages: 11, title: "BOOK 1" } })).toEqual([
      "title",
    ]);
    expect(surprises(all, "2", { before: stored, after: null })).toEqual([]);
  });
});
