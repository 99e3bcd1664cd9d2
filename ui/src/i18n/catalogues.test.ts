import { describe, expect, it } from "vitest";

type Tree = { [key: string]: string | Tree };
const catalogues = import.meta.glob<Tree>("../**/locales/*.json", { eager: true, import: "default" });

function keys(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "string" ? [prefix + name] : keys(value, `${prefix}${name}.`),
  );
}
const folders = [...new Set(Object.keys(catalogues).map((path) => path.replace(/\/\w+\.json$/, "")))];

const texts = import.meta.glob<string>("../**/locales/*.json", { eager: true, import: "default", query: "?raw" });

/** Names written in a JSON text; of two that are the same, reading it keeps the second alone. */
const written = (text: string) => [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon).length;
const kept = (tree: Tree): number =>
  Object.values(tree).reduce(
    (sum, value) => sum + 1 + (typeof value === "string" || Array.isArray(value) ? 0 : kept(value)),
    0,
  );

describe("catalogues", () => {
  it.each(Object.keys(texts))("%s names nothing twice", (path) => {
    const text = texts[path] ?? "";
    expect(written(text)).toBe(kept(JSON.parse(text) as Tree));
  });
  it.each(folders)("%s says everything in both languages", (folder) => {
    const english = keys(catalogues[`${folder}/en.json`] ?? {});
    const german = new Set(keys(catalogues[`${folder}/de.json`] ?? {}));
    // German may say more: it also translates the registry, whose English comes from the server.
    expect(english.filter((key) => !german.has(key))).toEqual([]);
  });
  it("never use one key twice", () => {
    const seen = new Map<string, string>();
    for (const [path, tree] of Object.entries(catalogues).filter(([path]) => path.endsWith("/en.json"))) {
      for (const key of keys(tree)) {
        expect(seen.get(key) ?? path, key).toBe(path);
        seen.set(key, path);
      }
    }
  });
});
