/**
 * A text of SQL as its statements: where each begins and ends, and which parameters it names. The server divides the
 * text it gets by the same rules (`console/lexer.rs`); this is for running what the cursor is in.
 */

export interface Statement {
  from: number;
  to: number;
  text: string;
  /** What it begins with, in small letters. */
  word: string;
  /** `name` for `:name`, `1` for `$1`; each once. */
  parameters: string[];
}

interface Token {
  kind: "word" | "quoted" | "parameter" | "semicolon" | "open" | "close" | "bracket" | "unbracket" | "other";
  from: number;
  to: number;
}

const SPACE = /(?:\s+|--[^\n]*)+/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const NUMBER = /\$\d+/y;
const NAME = /:[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;

function at(pattern: RegExp, text: string, from: number): string | null {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? null;
}

/** The end of a comment, which may have others in it. */
function commentEnd(text: string, from: number): number {
  let [depth, i] = [1, from + 2];
  while (depth > 0 && i < text.length) {
    const two = text.slice(i, i + 2);
    if (two === "/*") depth++;
    else if (two === "*/") depth--;
    i += two === "/*" || two === "*/" ? 2 : 1;
  }
  return i;
}

function quoteEnd(text: string, from: number, quote: string, escapes: boolean): number {
  let i = from + 1;
  while (i < text.length) {
    const c = text[i];
    if (escapes && c === "\\") i += 2;
    else if (c === quote && text[i + 1] === quote) i += 2;
    else if (c === quote) return i + 1;
    else i++;
  }
  return text.length;
}

const SIMPLE: Record<string, Token["kind"]> = {
  ";": "semicolon",
  "(": "open",
  ")": "close",
  "[": "bracket",
  "]": "unbracket",
};

function token(text: string, from: number): Token {
  const c = text[from] ?? "";
  const make = (kind: Token["kind"], to: number): Token => ({ kind, from, to: Math.min(to, text.length) });
  if (c === "'") return make("other", quoteEnd(text, from, "'", false));
  if (c === '"') return make("quoted", quoteEnd(text, from, '"', false));
  const prefix = /^(?:[eEbBxXnN]|[uU]&)(?=')/.exec(text.slice(from, from + 3))?.[0];
  if (prefix) return make("other", quoteEnd(text, from + prefix.length, "'", prefix.toLowerCase() === "e"));
  const tag = at(DOLLAR, text, from);
  if (tag) {
    const end = text.indexOf(tag, from + tag.length);
    return make("other", end < 0 ? text.length : end + tag.length);
  }
  const number = at(NUMBER, text, from);
  if (number) return make("parameter", from + number.length);
  if (c === ":" && (text[from + 1] === ":" || text[from + 1] === "=")) return make("other", from + 2);
  const name = at(NAME, text, from);
  if (name) return make("parameter", from + name.length);
  const word = at(WORD, text, from);
  if (word) return make("word", from + word.length);
  return make(SIMPLE[c] ?? "other", from + 1);
}

function* tokens(text: string): Generator<Token> {
  let i = 0;
  while (i < text.length) {
    const space = at(SPACE, text, i);
    if (space) {
      i += space.length;
      continue;
    }
    if (text.startsWith("/*", i)) {
      i = commentEnd(text, i);
      continue;
    }
    const next = token(text, i);
    yield next;
    i = next.to;
  }
}

/** Every statement of a text. */
export function statementsOf(text: string): Statement[] {
  const found: Statement[] = [];
  let current: Statement | null = null;
  let words: string[] = [];
  let [round, square, blocks] = [0, 0, 0];
  const end = () => {
    if (current) found.push({ ...current, text: text.slice(current.from, current.to) });
    current = null;
    words = [];
    [round, square, blocks] = [0, 0, 0];
  };
  for (const next of tokens(text)) {
    if (next.kind === "semicolon" && round === 0 && blocks === 0) {
      end();
      continue;
    }
    const shown = text.slice(next.from, next.to);
    const word = next.kind === "word" ? shown.toLowerCase() : "";
    const now: Statement = current ?? { from: next.from, to: next.to, text: "", word, parameters: [] };
    current = { ...now, to: next.to };
    if (next.kind === "open") round++;
    else if (next.kind === "close") round = Math.max(0, round - 1);
    else if (next.kind === "bracket") square++;
    else if (next.kind === "unbracket") square = Math.max(0, square - 1);
    else if (next.kind === "parameter" && square === 0 && !now.parameters.includes(shown.slice(1)))
      current.parameters = [...now.parameters, shown.slice(1)];
    else if (word !== "") {
      if (/^create (or replace )?(function|procedure)\b/.test(words.join(" "))) {
        if (word === "atomic" || (word === "case" && blocks > 0)) blocks++;
        else if (word === "end") blocks = Math.max(0, blocks - 1);
      }
      if (words.length < 6) words.push(word);
    }
  }
  end();
  return found;
}

/** The statement that the cursor is in, or the one before it. */
export function statementAt(statements: readonly Statement[], cursor: number): Statement | undefined {
  return statements.find((one) => cursor <= one.to) ?? statements.at(-1);
}

const READING = new Set([
  "",
  "select",
  "table",
  "values",
  "with",
  "show",
  "explain",
  "fetch",
  "declare",
  "set",
  "reset",
]);

/** Whether a statement may change something, by its first word; it is marked, nothing depends on it. */
export function writes(statement: Pick<Statement, "word" | "text">): boolean {
  if (statement.word === "with") return /\b(insert\s+into|update|delete\s+from|merge\s+into)\b/i.test(statement.text);
  return !READING.has(statement.word);
}

/** The index in the text of a line and a column that count characters from 1, as the server does. */
export function indexOf(text: string, line: number, column: number): number {
  let from = 0;
  for (let i = 1; i < line; i++) {
    const next = text.indexOf("\n", from);
    if (next < 0) return text.length;
    from = next + 1;
  }
  const end = text.indexOf("\n", from);
  const characters = Array.from(text.slice(from, end < 0 ? undefined : end));
  return from + characters.slice(0, column - 1).join("").length;
}
