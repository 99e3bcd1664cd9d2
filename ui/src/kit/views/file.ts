/** A view as a file, to take it to another list or another panel. */
import type { SavedView } from "./data";

const KIND = "quarterdeck/saved-view";

export function writeFile(view: SavedView): void {
  const text = JSON.stringify({ kind: KIND, version: 1, name: view.name, page: view.page, state: view.state }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "application/json" }));
  link.download = `${view.name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "view"}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** What a file says; throws when it is none of ours. */
export function readFile(text: string): { name: string; state: string } {
  const given: unknown = JSON.parse(text);
  const { kind, name, state } = (given ?? {}) as Record<string, unknown>;
  if (kind !== KIND || typeof name !== "string" || typeof state !== "string") throw new Error("not a saved view");
  return { name, state };
}
