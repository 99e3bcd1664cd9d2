/** JSON without loss: numbers beyond 2^53 keep their digits on the way to the server. */

export class JsonError extends Error {
  constructor(
    readonly code: "json" | "jsonNumber",
    readonly line: number,
    message: string,
  ) {
    super(message);
    this.name = "JsonError";
  }
}

interface Raw {
  rawJSON?: (text: string) => unknown;
}

/**
 * Parses JSON so that `JSON.stringify` of the result writes the same numbers again.
 * @throws JsonError with the line of the mistake
 */
export function parseExactJson(text: string): unknown {
  const raw = (JSON as Raw).rawJSON;
  const lossy: string[] = [];
  const revive = (_key: string, value: unknown, context?: { source?: string }) => {
    if (typeof value !== "number" || context?.source === undefined || survives(value, context.source)) return value;
    if (raw) return raw(context.source);
    lossy.push(context.source);
    return value;
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, revive);
  } catch (error) {
    throw new JsonError("json", lineOf(text, error), error instanceof Error ? error.message : String(error));
  }
  if (lossy[0] !== undefined) throw new JsonError("jsonNumber", 1, lossy[0]);
  return parsed;
}

/** Whether the number is written again with the same value. */
function survives(value: number, source: string): boolean {
  return canonical(String(value)) === canonical(source);
}

/** Sign, digits and power of ten, for comparing two spellings of a number. */
function canonical(text: string): string {
  const m = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!m) return text;
  const fraction = m[3] ?? "";
  const all = `${m[2]}${fraction}`;
  const trimmed = all.replace(/0+$/, "");
  const digits = trimmed.replace(/^0+/, "");
  if (digits === "") return "0";
  const power = Number(m[4] ?? 0) - fraction.length + (all.length - trimmed.length);
  return `${m[1]}${digits}e${power}`;
}

function lineOf(text: string, error: unknown): number {
  const message = error instanceof Error ? error.message : "";
  const line = /line (\d+)/.exec(message);
  if (line) return Number(line[1]);
  const position = /position (\d+)/.exec(message);
  const at = position ? Number(position[1]) : text.length;
  return text.slice(0, at).split("\n").length;
}

/** Indented, with the digits of every number kept; the text as it is when it isn't JSON. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(parseExactJson(text), null, 2);
  } catch {
    return text;
  }
}
