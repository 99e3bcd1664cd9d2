/** Reads a filter state back from query parameters in the API's grammar. */
import { RESERVED_KEYS } from "./encode";
import { readPattern } from "./pattern";
import { readList, readQuoted } from "./quoting";
import { readSpan } from "./relative";
import type { FilterCondition, FilterGroup, FilterNode, FilterOperator, FilterState, QueryPairs } from "./types";

const OPERATORS = new Set<string>([
  ..."eq neq gt gte lt lte like ilike match imatch is isdistinct in cs cd ov sl sr nxr nxl adj".split(" "),
  ..."fts plfts phfts wfts relative".split(" "),
]);
/** What empty values look like: of texts, lists, ranges, JSON and bytes. */
const EMPTY_VALUES: ReadonlySet<string> = new Set(["", "{}", "[]", "empty", "null", "\\x"]);
const GROUP_KEY = /^(not\.)?(and|or)$/;

export interface Decoded {
  state: FilterState;
  /** Parameters that could not be understood, as `key=value`. */
  problems: string[];
}

/** The filter state; parameters that are no filters (`order`, `limit`, …) or make no sense are left out. */
export function fromQuery(pairs: Iterable<readonly [string, string]>): FilterState {
  return decode(pairs).state;
}

/** The filter state and what could not be read. */
export function decode(pairs: Iterable<readonly [string, string]>): Decoded {
  const items: FilterNode[] = [];
  const problems: string[] = [];
  for (const [key, value] of pairs) {
    if (RESERVED_KEYS.has(key)) continue;
    const node = readPair(key, value);
    if (node) items.push(node);
    else problems.push(`${key}=${value}`);
  }
  return { state: { items }, problems };
}

/** Reads what `toAddressText` wrote. */
export function fromAddressText(text: string): Decoded {
  const pairs: QueryPairs = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const eq = part.indexOf("=");
    if (eq < 0) pairs.push([unescapePart(part), ""]);
    else pairs.push([unescapePart(part.slice(0, eq)), unescapePart(part.slice(eq + 1))]);
  }
  return decode(pairs);
}

function unescapePart(text: string): string {
  return text.replace(/%(25|26|3D|2B|23)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function readPair(key: string, value: string): FilterNode | undefined {
  const group = GROUP_KEY.exec(key);
  if (group) {
    const reader = new GroupReader(value);
    const items = reader.list();
    if (!items || !reader.atEnd()) return undefined;
    const only = items[0];
    if (!group[1] && items.length === 1 && only?.kind === "condition" && RESERVED_KEYS.has(only.column)) return only;
    return friendly(group[2] as "and" | "or", Boolean(group[1]), items);
  }
  const name = readKey(key);
  const head = readHead(value);
  if (!name || !head) return undefined;
  return finish(name, head, value.slice(head.end));
}

interface Name {
  column: string;
  path?: string;
}
interface Head {
  not: boolean;
  op: FilterOperator;
  modifier?: string;
  end: number;
}

function readKey(key: string): Name | undefined {
  const quoted = readQuoted(key, 0);
  const arrow = key.indexOf("->");
  const end = quoted ? quoted.end : arrow < 0 ? key.length : arrow;
  const column = quoted ? quoted.text : key.slice(0, end);
  const path = key.slice(end);
  if (column === "" || (path !== "" && !path.startsWith("->"))) return undefined;
  return path ? { column, path } : { column };
}

function readHead(text: string): Head | undefined {
  const m = /^(not\.)?([a-z]+)(?:\(([^()]*)\))?\./.exec(text);
  if (!m?.[2] || !OPERATORS.has(m[2])) return undefined;
  return { not: Boolean(m[1]), op: m[2] as FilterOperator, modifier: m[3], end: m[0].length };
}

/** Makes the condition, friendly where its operand has a friendly shape. */
function finish(name: Name, head: Head, operand: string): FilterCondition | undefined {
  const condition: FilterCondition = { kind: "condition", column: name.column, op: head.op, value: operand };
  if (name.path) condition.path = name.path;
  if (head.not) condition.not = true;
  if (head.modifier) condition.modifier = head.modifier;
  if (head.op === "in") {
    const values = readList(operand);
    return values && { ...condition, value: "", values };
  }
  if (head.op === "relative" && !readSpan(operand)) return undefined;
  if ((head.op === "ilike" || head.op === "imatch") && !head.modifier) {
    const pattern = readPattern(head.op, operand);
    const literal = head.op === "ilike" || pattern?.text.includes("*");
    if (pattern && literal) return { ...condition, op: pattern.op, value: pattern.text };
  }
  return condition;
}

/** A group, or the friendly condition that is written as this group. */
function friendly(join: "and" | "or", not: boolean, items: FilterNode[]): FilterNode {
  const [a, b] = items;
  if (items.length === 2 && a?.kind === "condition" && b?.kind === "condition" && sameColumn(a, b)) {
    const base = { kind: "condition" as const, column: a.column, ...(a.path ? { path: a.path } : {}) };
    const negated = not ? { not: true } : {};
    if (join === "and" && a.op === "gte" && b.op === "lte") {
      return { ...base, op: "between", value: "", values: [a.value, b.value], ...negated };
    }
    if (join === "or" && a.op === "is" && a.value === "null") {
      if (b.op === "eq" && EMPTY_VALUES.has(b.value)) return { ...base, op: "empty", value: b.value, ...negated };
      if (b.op === "in" && b.values?.every((value) => EMPTY_VALUES.has(value))) {
        return { ...base, op: "empty", value: "", values: b.values, ...negated };
      }
    }
  }
  const group: FilterGroup = { kind: "group", join, items };
  return not ? { ...group, not: true } : group;
}

function sameColumn(a: FilterCondition, b: FilterCondition): boolean {
  return a.column === b.column && a.path === b.path && !a.not && !b.not && !a.modifier && !b.modifier;
}

/** Recursive descent over `(a.eq.1,or(b.is.null,c.in.(1,2)))`. */
class GroupReader {
  private at = 0;
  constructor(private readonly source: string) {}

  atEnd(): boolean {
    return this.at === this.source.length;
  }

  list(): FilterNode[] | undefined {
    if (this.source[this.at] !== "(") return undefined;
    this.at++;
    const items: FilterNode[] = [];
    for (;;) {
      const item = this.item();
      if (!item) return undefined;
      items.push(item);
      const next = this.source[this.at++];
      if (next === ")") return items;
      if (next !== ",") return undefined;
    }
  }

  private item(): FilterNode | undefined {
    const group = /^(not\.)?(and|or)(?=\()/.exec(this.source.slice(this.at, this.at + 8));
    if (group) {
      this.at += group[0].length;
      const items = this.list();
      return items && friendly(group[2] as "and" | "or", Boolean(group[1]), items);
    }
    const name = this.name();
    if (!name || this.source[this.at] !== ".") return undefined;
    this.at++;
    const head = readHead(this.source.slice(this.at));
    if (!head) return undefined;
    this.at += head.end;
    const operand = this.operand(head.op === "in");
    return operand === undefined ? undefined : finish(name, head, operand);
  }

  private name(): Name | undefined {
    const quoted = readQuoted(this.source, this.at);
    const start = this.at;
    let end = quoted ? quoted.end : start;
    while (end < this.source.length && !/[.,()]/.test(this.source[end] ?? "")) end++;
    this.at = end;
    return readKey(this.source.slice(start, end));
  }

  private operand(list: boolean): string | undefined {
    const start = this.at;
    if (list) return this.balanced("(", ")");
    const quoted = readQuoted(this.source, start);
    if (quoted && /[,)]/.test(this.source[quoted.end] ?? "")) {
      this.at = quoted.end;
      return quoted.text;
    }
    if (this.source[start] === "{") return this.balanced("{", "}");
    while (this.at < this.source.length && !/[,)]/.test(this.source[this.at] ?? "")) this.at++;
    return this.source.slice(start, this.at);
  }

  /** From an opening to its closing mark, quotes respected. */
  private balanced(open: string, close: string): string | undefined {
    const start = this.at;
    let depth = 0;
    while (this.at < this.source.length) {
      const quoted = readQuoted(this.source, this.at);
      if (quoted) {
        this.at = quoted.end;
        continue;
      }
      const c = this.source[this.at++];
      if (c === open) depth++;
      else if (c === close && --depth === 0) return this.source.slice(start, this.at);
    }
    return undefined;
  }
}
