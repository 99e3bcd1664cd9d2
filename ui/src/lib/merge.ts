// Two people changed the same object: which of my changes still stand, which need a decision.
import { same } from "./same";

export { same };

/** The fields of `now` that differ from `before`; only these are sent. */
export function changedFields(before: Record<string, unknown>, now: Record<string, unknown>): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(now)) if (!same(before[name], value)) changed[name] = value;
  return changed;
}

export interface FieldDecision {
  field: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
}

export interface Merge {
  /** My changes that nobody else touched (or that agree): they can be sent on the newer version. */
  apart: Record<string, unknown>;
  /** Fields both changed to different values. */
  both: FieldDecision[];
}

/**
 * Three-way merge by field.
 * @param base what I started from
 * @param mine the fields I changed
 * @param theirs what is stored now; a field that is absent counts as unchanged
 */
export function mergeFields(
  base: Record<string, unknown>,
  mine: Record<string, unknown>,
  theirs: Record<string, unknown>,
): Merge {
  const merge: Merge = { apart: {}, both: [] };
  for (const [field, value] of Object.entries(mine)) {
    const stored = field in theirs ? theirs[field] : base[field];
    if (same(stored, base[field])) merge.apart[field] = value;
    else if (!same(stored, value)) merge.both.push({ field, base: base[field], mine: value, theirs: stored });
  }
  return merge;
}

/** What to send after the person chose a side for each field in dispute. */
export function settle(merge: Merge, choice: Record<string, "mine" | "theirs">): Record<string, unknown> {
  const settled = { ...merge.apart };
  for (const { field, mine } of merge.both) if (choice[field] === "mine") settled[field] = mine;
  return settled;
}
