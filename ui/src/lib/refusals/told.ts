/**
 * The server says in English what it refuses. What people meet most often stands in the catalogues word for word
 * (`refusals.<group>.<code>`, with a name where the server puts a value) and is told in the person's language; anything
 * else stays as the server said it, so nothing is lost.
 */
import i18next from "i18next";

type Texts = { [name: string]: string | Texts };

/** Longer ones quote what was sent; nobody translates those. */
const LONGEST = 2000;

function textsOf(group: string, code: string): [key: string, english: string][] {
  const found: unknown = i18next.getResource("en", "translation", `refusals.${group}`);
  const texts = found !== null && typeof found === "object" ? (found as Texts)[code] : undefined;
  if (texts === undefined || typeof texts === "string") return [];
  return Object.entries(texts).flatMap(([name, english]) =>
    typeof english === "string" ? [[`refusals.${group}.${code}.${name}`, english] as [string, string]] : [],
  );
}

/** The values that `english` has where the catalogue names them; null when it is another text. */
export function valuesIn(english: string, catalogue: string): Record<string, string> | null {
  const names: string[] = [];
  const pattern = catalogue
    .split(/\{\{(\w+)\}\}/)
    .map((part, i) => {
      if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push(part);
      return "(.+?)";
    })
    .join("");
  const found = new RegExp(`^${pattern}$`, "s").exec(english);
  return found && Object.fromEntries(names.map((name, i) => [name, found[i + 1] ?? ""]));
}

/** What the server said with `code`, in the person's language where the catalogues know it. */
export function told(group: string, code: string, english: string): string {
  if (!i18next.isInitialized || i18next.language === "en" || english.length > LONGEST) return english;
  // `unique:artist_name_key` is about that constraint.
  const [kind = code] = code.split(":");
  for (const [key, catalogue] of textsOf(group, kind)) {
    const values = valuesIn(english, catalogue);
    if (values === null) continue;
    // What stands inside may be a sentence of the server's own.
    if (values.rest !== undefined) values.rest = told(group, kind, values.rest);
    return i18next.t(key, { ...values, interpolation: { escapeValue: false } });
  }
  return english;
}

/** Why something can't be done or has stopped, where no code comes with it. */
export function toldReason(english: string): string;
export function toldReason(english: string | null | undefined): string | undefined;
export function toldReason(english: string | null | undefined): string | undefined {
  return english ? told("reasons", "any", english) : undefined;
}

/** What is wrong with a value, where no code comes with it: in the list of rows that an import refused. */
export function toldFault(english: string): string {
  const codes: unknown = i18next.getResource("en", "translation", "refusals.fields");
  for (const code of codes !== null && typeof codes === "object" ? Object.keys(codes) : []) {
    const own = told("fields", code, english);
    if (own !== english) return own;
  }
  return english;
}
