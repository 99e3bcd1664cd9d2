/** Writes a filter state as query parameters in the API's grammar (PostgREST's). */
import { writePattern } from "./pattern";
import { writeList, writeName, writeOperand } from "./quoting";
import { readSpan, spanBounds, writeBound } from "./relative";
import type { Category, FilterColumn, FilterCondition, FilterNode, FilterState, QueryPairs } from "./types";

/**
 * Parameters of a list that are not columns, and those that pages keep beside them in the address (`row`, `tab`, `cols`).
 * A column of such a name is written inside `and=(…)`.
 */
export const RESERVED_KEYS: ReadonlySet<string> = new Set([
  "select",
  "order",
  "limit",
  "offset",
  "cursor",
  "search",
  "columns",
  "on_conflict",
  "row",
  "tab",
  "cols",
]);

export interface EncodeOptions {
  /**
   * `resolve` (default) turns relative stretches of time into bounds for a request;
   * `keep` leaves them as they are, for the address bar.
   */
  relative?: "resolve" | "keep";
  /** The moment that relative stretches are seen from. */
  now?: Date;
  /** Tells dates from instants when relative stretches are resolved. */
  columns?: readonly FilterColumn[];
}

/** Query parameters for a request. */
export function toQuery(state: FilterState, options: EncodeOptions = {}): QueryPairs {
  const pairs: QueryPairs = [];
  for (const node of state.items) {
    const pair = topLevel(node, options);
    if (pair) pairs.push(pair);
  }
  return pairs;
}

/** Query parameters for the address bar: `toQuery` with relative stretches kept. */
export function toAddress(state: FilterState): QueryPairs {
  return toQuery(state, { relative: "keep" });
}

/** One text holding the whole state, for a single search parameter; "" when there is no filter. */
export function toAddressText(state: FilterState): string {
  return toAddress(state)
    .map(([key, value]) => `${escapePart(key)}=${escapePart(value)}`)
    .join("&");
}

const escapePart = (text: string) => text.replace(/[%&=+#]/g, encodeURIComponent);

function topLevel(node: FilterNode, options: EncodeOptions): [string, string] | undefined {
  const plain = node.kind === "condition" ? simple(node, options) : undefined;
  if (node.kind === "condition" && plain) {
    if (RESERVED_KEYS.has(node.column)) return ["and", `(${inGroup(node, options)})`];
    return [writeName(node.column, node.path), operator(node, plain.op, plain.modifier) + plain.operand(false)];
  }
  const text = inGroup(node, options);
  if (text === undefined) return undefined;
  const open = text.indexOf("(");
  return [text.slice(0, open), text.slice(open)];
}

/** The node as an item of a group; undefined when it says nothing. */
function inGroup(node: FilterNode, options: EncodeOptions): string | undefined {
  if (node.kind === "group") {
    const items = node.items.map((item) => inGroup(item, options)).filter((text) => text !== undefined);
    return items.length === 0 ? undefined : `${node.not ? "not." : ""}${node.join}(${items.join(",")})`;
  }
  const name = writeName(node.column, node.path);
  const not = node.not ? "not." : "";
  const plain = simple(node, options);
  if (plain) return `${name}.${operator(node, plain.op, plain.modifier)}${plain.operand(true)}`;
  if (node.op === "empty") {
    const empty = node.values ? `in.${writeList(node.values)}` : `eq.${writeOperand(node.value)}`;
    return `${not}or(${name}.is.null,${name}.${empty})`;
  }
  const [from, to] = bounds(node, options);
  const upper = node.op === "between" ? "lte" : "lt";
  return `${not}and(${name}.gte.${writeOperand(from)},${name}.${upper}.${writeOperand(to)})`;
}

interface Simple {
  op: string;
  modifier?: string;
  operand: (grouped: boolean) => string;
}

/** The condition as `op.operand`; undefined for those that need a group. */
function simple(condition: FilterCondition, options: EncodeOptions): Simple | undefined {
  const { op, value } = condition;
  const text = (operand: string) => (grouped: boolean) => (grouped ? writeOperand(operand) : operand);
  switch (op) {
    case "empty":
    case "between":
      return undefined;
    case "relative":
      return options.relative === "keep" ? { op, operand: text(value) } : undefined;
    case "in": {
      const list = writeList(condition.values ?? []);
      return { op, operand: () => list };
    }
    case "contains":
    case "starts":
    case "ends": {
      const pattern = writePattern({ op, text: value });
      return { op: pattern.op, operand: text(pattern.value) };
    }
    default:
      return { op, modifier: condition.modifier, operand: text(value) };
  }
}

function operator(condition: FilterCondition, op: string, modifier: string | undefined): string {
  return `${condition.not ? "not." : ""}${op}${modifier ? `(${modifier})` : ""}.`;
}

function bounds(condition: FilterCondition, options: EncodeOptions): [string, string] {
  if (condition.op === "between") return [condition.values?.[0] ?? "", condition.values?.[1] ?? ""];
  const span = readSpan(condition.value) ?? { kind: "this", unit: "day" };
  const category: Category | undefined = options.columns?.find((c) => c.name === condition.column)?.category;
  const [from, to] = spanBounds(span, options.now ?? new Date());
  return [writeBound(from, category), writeBound(to, category)];
}
