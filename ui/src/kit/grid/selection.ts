/** Selection as data: single rows, ranges, everything but a few. */
import { type GridSelection, NO_SELECTION } from "./types";

export function isSelected(selection: GridSelection, key: string): boolean {
  return selection.all ? !selection.except?.includes(key) : selection.keys.includes(key);
}

/** Number of selected rows; undefined when "all" was chosen and the total is unknown. */
export function selectedCount(selection: GridSelection, total: number | null): number | undefined {
  if (!selection.all) return selection.keys.length;
  return total === null ? undefined : Math.max(0, total - (selection.except?.length ?? 0));
}

export function setSelected(selection: GridSelection, keys: readonly string[], on: boolean): GridSelection {
  if (selection.all) {
    const except = new Set(selection.except);
    for (const key of keys) {
      if (on) except.delete(key);
      else except.add(key);
    }
    return { keys: [], all: true, ...(except.size > 0 ? { except: [...except] } : {}) };
  }
  const chosen = new Set(selection.keys);
  for (const key of keys) {
    if (on) chosen.add(key);
    else chosen.delete(key);
  }
  return chosen.size === 0 ? NO_SELECTION : { keys: [...chosen] };
}

/** Keys from one row to another, both included, whichever stands first; just the target without an anchor. */
export function keysBetween(loaded: readonly string[], anchor: string | null, target: string): string[] {
  const to = loaded.indexOf(target);
  const from = anchor === null ? -1 : loaded.indexOf(anchor);
  if (to < 0) return [];
  if (from < 0) return [target];
  return loaded.slice(Math.min(from, to), Math.max(from, to) + 1);
}

/** State of the checkbox above all loaded rows. */
export function headState(selection: GridSelection, loaded: readonly string[]): "none" | "some" | "all" {
  if (loaded.length === 0) return "none";
  const named = new Set(selection.all ? selection.except : selection.keys);
  if (named.size === 0) return selection.all ? "all" : "none";
  const chosen = loaded.filter((key) => named.has(key) !== (selection.all === true)).length;
  return chosen === 0 ? "none" : chosen === loaded.length ? "all" : "some";
}
