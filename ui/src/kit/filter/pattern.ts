/**
 * "Contains", "starts with" and "ends with" as case-insensitive patterns, and back.
 *
 * `ilike` takes `*` for "anything"; a literal `*` can't be written there, so such text becomes a regular
 * expression. `%`, `_` and `\` are escaped, because they mean something to LIKE.
 */
export type PatternOperator = "contains" | "starts" | "ends";

export interface Pattern {
  op: PatternOperator;
  text: string;
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, "\\$&");
const escapeRegex = (text: string) => text.replace(/[\\.*+?^${}()|[\]]/g, "\\$&");

/** Grammar operator and operand for a friendly pattern. */
export function writePattern({ op, text }: Pattern): { op: "ilike" | "imatch"; value: string } {
  if (text.includes("*")) {
    const body = escapeRegex(text);
    return { op: "imatch", value: op === "contains" ? body : op === "starts" ? `^${body}` : `${body}$` };
  }
  const body = escapeLike(text);
  return { op: "ilike", value: op === "contains" ? `*${body}*` : op === "starts" ? `${body}*` : `*${body}` };
}

/** The friendly pattern that writes exactly this operand, when there is one. */
export function readPattern(op: "ilike" | "imatch", value: string): Pattern | undefined {
  for (const candidate of op === "ilike" ? likeCandidates(value) : regexCandidates(value)) {
    const written = writePattern(candidate);
    if (written.op === op && written.value === value) return candidate;
  }
  return undefined;
}

const unescaped = (text: string) => text.replace(/\\(.)/gsu, "$1");

function likeCandidates(value: string): Pattern[] {
  const out: Pattern[] = [];
  const open = value.startsWith("*");
  const close = value.endsWith("*");
  if (open && close && value.length > 1) out.push({ op: "contains", text: unescaped(value.slice(1, -1)) });
  else if (close) out.push({ op: "starts", text: unescaped(value.slice(0, -1)) });
  else if (open) out.push({ op: "ends", text: unescaped(value.slice(1)) });
  return out;
}

function regexCandidates(value: string): Pattern[] {
  const out: Pattern[] = [{ op: "contains", text: unescaped(value) }];
  if (value.startsWith("^")) out.push({ op: "starts", text: unescaped(value.slice(1)) });
  if (value.endsWith("$")) out.push({ op: "ends", text: unescaped(value.slice(0, -1)) });
  return out;
}
