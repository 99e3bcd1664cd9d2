/** What to do when a row was changed by someone else between reading and writing it. */
import { type Merge, mergeFields } from "~/lib/merge";
import type { Conflict, Problem } from "~/lib/problem";

/**
 * Compares what I started from, what I typed and what is stored now.
 * Fields that the server doesn't list were not touched by anyone else.
 */
export function mergeConflict(base: Record<string, unknown>, mine: Record<string, unknown>, conflict: Conflict): Merge {
  const theirs: Record<string, unknown> = {};
  for (const field of conflict.fields) theirs[field.field] = field.theirs;
  return mergeFields(base, mine, theirs);
}

/** A version conflict, not a broken unique or foreign key (both are 409). */
export function isVersionConflict(problem: Problem): problem is Problem & { conflict: Conflict } {
  return problem.status === 409 && problem.conflict !== null;
}
