/** Quoting of names and operands in the filter grammar; the only place that knows its special characters. */

const PLAIN_NAME = /^[\p{L}\p{N}_$]+$/u;
const LOGIC_WORDS = new Set(["and", "or", "not"]);

/** `"…"` with backslash escapes. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** A column name (and JSON path) as it stands in a key or in a group. */
export function writeName(column: string, path = ""): string {
  const plain = PLAIN_NAME.test(column) && !LOGIC_WORDS.has(column);
  return (plain ? column : quoted(column)) + path;
}

/** An operand inside `(…)`, where commas and parentheses would end it. */
export function writeOperand(text: string): string {
  return text === "" || /[\s,.:()"\\{}]/.test(text) ? quoted(text) : text;
}

/** Reads `"…"` at `at`; undefined when it doesn't end. */
export function readQuoted(source: string, at: number): { text: string; end: number } | undefined {
  if (source[at] !== '"') return undefined;
  let text = "";
  for (let i = at + 1; i < source.length; i++) {
    const c = source[i];
    if (c === "\\") {
      i++;
      if (i >= source.length) return undefined;
      text += source[i];
    } else if (c === '"') {
      return { text, end: i + 1 };
    } else {
      text += c;
    }
  }
  return undefined;
}

/** Elements of `(a,"b,c")`; undefined when the list is malformed. */
export function readList(source: string): string[] | undefined {
  if (!source.startsWith("(") || !source.endsWith(")")) return undefined;
  const body = source.slice(1, -1);
  if (body === "") return [];
  const out: string[] = [];
  let at = 0;
  for (;;) {
    const q = readQuoted(body, at);
    if (q && (q.end === body.length || body[q.end] === ",")) {
      out.push(q.text);
      at = q.end;
    } else {
      const comma = body.indexOf(",", at);
      const end = comma < 0 ? body.length : comma;
      out.push(body.slice(at, end));
      at = end;
    }
    if (at >= body.length) return out;
    at++;
  }
}

/** `(a,"b,c")`. */
export function writeList(values: readonly string[]): string {
  return `(${values.map(writeOperand).join(",")})`;
}
