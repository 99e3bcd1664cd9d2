import { describe, expect, it } from "vitest";
import type { Column, Table } from "../model";
import { NOTHING, toBody } from "./collected";
import {
  type Change,
  countCells,
  drop,
  hasProblems,
  NOTHING_STAGED,
  overlay,
  readPasted,
  type Staged,
  settleRow,
  stage,
} from "./staged";

const column = (name: string, category: Column["category"], nullable = true) =>
  ({ name, category, nullable, type: category, max_length: null, enum_values: null, element: null }) as Column;
const title = column("title", "text");
const pages = column("pages", "int");
const table = {
  primary_key: ["id"],
  columns: [column("id", "int"), title, pages],
  foreign_keys: [],
  trash: null,
} as unknown as Table;
const row = { id: 1, title: "One", pages: 10, $version: "7" };
const set = (of: Column, value: unknown): Change => ({ key: "1", row, column: of, cell: { value, problem: null } });
const say = (code: string) => code;
const changes = (stored: Staged) => toBody({ ...NOTHING, stored }, table).changes;

describe("staged changes", () => {
  it("remember what they began with, however often they change", () => {
    let staged = stage(NOTHING_STAGED, [set(title, "A"), set(pages, 11)]);
    staged = stage(staged, [set(title, "B")]);
    expect(changes(staged)).toEqual([
      { key: { id: 1 }, version: "7", base: { title: "One", pages: 10 }, set: { title: "B", pages: 11 } },
    ]);
    expect(overlay(row, staged.get("1"))).toEqual({ ...row, title: "B", pages: 11 });
    expect(countCells(staged)).toBe(2);
  });

  it("are none once the value is the stored one again", () => {
    const staged = stage(NOTHING_STAGED, [set(title, "A")]);
    expect(stage(staged, [set(title, "One")]).size).toBe(0);
    expect(stage(NOTHING_STAGED, [set(pages, 10)]).size).toBe(0);
    expect(drop(staged, "1", "title").size).toBe(0);
    expect(drop(staged, "1").size).toBe(0);
  });

  it("say nothing of what was read in part only", () => {
    const long = { ...row, title: { $short: "On", $size: 9000 } };
    const staged = stage(NOTHING_STAGED, [{ ...set(title, "A"), row: long }]);
    expect((changes(staged)[0] as { base: unknown }).base).toEqual({});
  });

  it("take a pasted text as a value of the column, or keep it with what is wrong", () => {
    expect(readPasted(pages, " 12 ", say)).toEqual({ value: 12, problem: null });
    expect(readPasted(pages, "", say)).toEqual({ value: null, problem: null });
    expect(readPasted(title, "", say)).toEqual({ value: null, problem: null });
    expect(readPasted(column("t", "text", false), "", say)).toEqual({ value: "", problem: null });
    const wrong = readPasted(pages, "many", say);
    expect(wrong).toEqual({ value: "many", shown: "many", problem: "integer" });
    const staged = stage(NOTHING_STAGED, [{ key: "1", row, column: pages, cell: wrong }]);
    expect(hasProblems(staged)).toBe(true);
    expect(overlay(row, staged.get("1")).pages).toBe("many");
  });

  it("go on from what others stored, or give way to it", () => {
    const staged = stage(NOTHING_STAGED, [set(title, "A"), set(pages, 11)]);
    const conflict = {
      gone: false,
      current_version: "9",
      fields: [
        { field: "title", base: "One", mine: "A", theirs: "Theirs" },
        { field: "pages", base: 10, mine: 11, theirs: 12 },
      ],
    };
    const settled = settleRow(staged, "1", conflict, { title: "mine", pages: "theirs" });
    expect(changes(settled)).toEqual([
      { key: { id: 1 }, version: "9", base: { title: "Theirs" }, set: { title: "A" } },
    ]);
    expect(settleRow(staged, "1", conflict, { title: "theirs", pages: "theirs" }).size).toBe(0);
  });
});
