/** What to do when a row was changed by someone else between reading and writing it. */
import { type Merge, mergeFields } from "~/lib/merge";
import type { Conflict, Problem } from "~/lib/problem";
import { parsedJson } from "../editors/compare";
import type { Column } from "../model";

/**
 * Compares what I started from, what I typed and what is stored now.
 * Fields that the server doesn't list were not touched by anyone else.
 * @param base stored values as the rows API gives them: JSON as text
 */
export function mergeConflict(
  columns: readonly Pick<Column, "name" | "category">[],
  base: Record<string, unknown>,
  mine: Record<string, unknown>,
  conflict: Conflict,
): Merge {
  const plain = (field: string, value: unknown) =>
    columns.find((c) => c.name === field)?.category === "json" ? parsedJson(value) : value;
  const start: Record<string, unknown> = {};
  for (const field of Object.keys(mine)) start[field] = plain(field, base[field]);
  const theirs: Record<string, unknown> = {};
  for (const { field, theirs: stored } of conflict.fields) theirs[field] = plain(field, stored);
  return mergeFields(start, mine, theirs);
}

/** A version conflict, not a broken unique or foreign key (both are 409). */
export function isVersionConflict(problem: Problem): problem is Problem & { conflict: Conflict } {
  return problem.status === 409 && problem.conflict !== null;
}
