// The address bar as plain text values. The router's own default reads `1` and `true` as JSON, which would change
// what a filter says; here every value stays the text it is, repeated names become a list.

export type SearchValues = Record<string, string | string[]>;

export function parseSearch(search: string): SearchValues {
  const values: SearchValues = {};
  for (const [name, value] of new URLSearchParams(search)) {
    const before = values[name];
    values[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return values;
}

export function stringifySearch(values: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) params.append(name, String(one));
    }
  }
  // These stand for themselves in a query and make filters readable.
  const text = params.toString().replace(/%(2C|28|29|3A|2A|2F)/g, (code) => decodeURIComponent(code));
  return text === "" ? "" : `?${text}`;
}

/** The pairs of a search object, in order, for code that speaks the list grammar. */
export function pairsOf(values: Record<string, unknown>): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined && one !== null)
      .map((one): [string, string] => [name, String(one)]),
  );
}

/** The last of a repeated value, undefined when absent or empty. */
export function one(values: Record<string, unknown>, name: string): string | undefined {
  const value = values[name];
  const last = Array.isArray(value) ? value[value.length - 1] : value;
  return typeof last === "string" && last !== "" ? last : undefined;
}
