import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { addTexts, setLanguage, startI18n } from "~/i18n";
import { Problem } from "../problem";
import { told, toldFault, toldReason, valuesIn } from "./told";

type Tree = { [key: string]: string | Tree };
const explorer = import.meta.glob<Tree>("../../features/explorer/refusals/locales/en.json", {
  eager: true,
  import: "default",
});
const own = import.meta.glob<Tree>("./locales/en.json", { eager: true, import: "default" });

beforeAll(async () => {
  addTexts(explorer);
  await startI18n();
});
afterEach(() => setLanguage("en"));

const refusal = (kind: string, more: Partial<ConstructorParameters<typeof Problem>[0]> = {}) =>
  new Problem({ type: `/problems/${kind}`, title: "Not allowed", status: 400, ...more });

describe("what the server refuses", () => {
  it("stays as it was said in English", () => {
    expect(told("fields", "too_long", "At most 80 characters")).toBe("At most 80 characters");
    expect(told("fields", "nobody", "Anything at all")).toBe("Anything at all");
  });
  it("is told in German, with its values", async () => {
    await setLanguage("de");
    expect(told("fields", "too_long", "At most 80 characters")).toBe("Höchstens 80 Zeichen");
    expect(told("fields", "unique:artist_name_key", "This value is already taken")).toBe("Diesen Wert gibt es schon");
    expect(told("fields", "type", 'Invalid input syntax for type integer: "soon"')).toBe(
      "„soon“ ist kein gültiger Wert für integer",
    );
    expect(toldFault("This value is already taken")).toBe("Diesen Wert gibt es schon");
    expect(toldFault("A rule of somebody's own")).toBe("A rule of somebody's own");
    expect(toldReason("anon may not update this table")).toBe("anon darf diese Tabelle nicht ändern");
  });
  it("takes nothing for a text of another code, or for a part of one", async () => {
    await setLanguage("de");
    expect(told("fields", "range", "At most 80 characters")).toBe("Höchstens 80 characters");
    expect(told("fields", "format", "At most 80 characters")).toBe("At most 80 characters");
    expect(told("fields", "required", "This can't be NULL, says a trigger")).toBe("This can't be NULL, says a trigger");
    expect(told("fields", "type", `Invalid input syntax for type json: "${"x".repeat(3000)}"`)).toContain("Invalid");
  });
  it("doesn't read what a value says as a text of the catalogue", async () => {
    await setLanguage("de");
    const value = "$t(states.retry) {{type}} <b>";
    expect(told("fields", "type", `Invalid input syntax for type uuid: "${value}"`)).toBe(
      `„${value}“ ist kein gültiger Wert für uuid`,
    );
  });
  it("changes with the language while it is shown", async () => {
    const problem = refusal("validation", {
      title: "The input has errors",
      detail: "Row 12: price: This can't be NULL",
      errors: [{ field: "changes.0.set.price", code: "required:price_not_null", message: "This can't be NULL" }],
    });
    expect(problem.detail).toBe("Row 12: price: This can't be NULL");
    expect(problem.errorFor("changes.0.set.price")).toBe("This can't be NULL");
    await setLanguage("de");
    expect(problem.title).toBe("Die Eingabe hat Fehler");
    expect(problem.detail).toBe("Zeile 12: price: Das darf nicht NULL sein");
    expect(problem.errorFor("changes.0.set.price")).toBe("Das darf nicht NULL sein");
  });
  it("tells a missing permission, an object that isn't there and what nobody knows", async () => {
    await setLanguage("de");
    const permission = "This needs the permission rows:update. Someone who may change roles can grant it.";
    expect(refusal("forbidden", { detail: permission }).detail).toMatch(
      /^Dafür braucht es die Berechtigung rows:update\./,
    );
    expect(refusal("not-found", { detail: "There is no source shop" }).detail).toBe("Eine Quelle shop gibt es nicht");
    expect(refusal("forbidden", { detail: "The moon is in the wrong house" }).detail).toBe(
      "The moon is in the wrong house",
    );
    expect(refusal("forbidden").detail).toBeNull();
  });
});

it("finds the values where the catalogue names them", () => {
  expect(valuesIn("At least 3 (three)", "At least {{n}} ({{word}})")).toEqual({ n: "3", word: "three" });
  expect(valuesIn("At least 3", "At least {{n}} ({{word}})")).toBeNull();
});

/** What stands in the Rust files. */
function written(): string {
  const folder = join(import.meta.dirname, "../../../../crates");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs"));
  return files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
}

/** The catalogues repeat the server word for word; said otherwise there, it would stay English here without anybody noticing. */
describe("the catalogues", () => {
  const sources = written();
  /** Texts of PostgreSQL, with which it ends a statement, and a text that is put together. */
  const elsewhere =
    /^refusals\.(sqlstates\.\w+|fields\.type\.(text|integer|number|boolean|list|object|syntax|outOfRange|tooLarge|overflow|date|enum|tooLong|array|range)|fields\.referenced\.rows|details\.before\.\w+|reasons\.any\.(login|view)\w+|reasons\.any\.(insert|update|delete)|details\.timeout\.(source|used|nothing)|fields\.unique\.policy)$/;
  const texts = (tree: Tree, at = ""): [string, string][] =>
    Object.entries(tree).flatMap(([name, value]) =>
      typeof value === "string" ? [[at + name, value] as [string, string]] : texts(value, `${at}${name}.`),
    );
  const all = [...Object.values(own), ...Object.values(explorer)].flatMap((tree) => texts(tree));

  it.each(all.filter(([key]) => !elsewhere.test(key)))("%s is said by the server", (_, english) => {
    // A number may be written where the catalogue has a name, and a value where it has none.
    const parts = english
      .split(/\{\{\w+\}\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll('"', '\\\\?"'));
    expect(new RegExp(`"${parts.join("\\{[^}]*\\}(?:\\.\\{\\})?")}"`).test(sources), english).toBe(true);
  });
});
