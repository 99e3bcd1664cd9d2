/** Which operators suit which kind of column, and how many operands they take. */
import type { Category, FilterColumn, FilterCondition, FilterOperator } from "./types";

/** A choice in the operator menu: an operator, perhaps negated, perhaps with a fixed operand. */
export interface OperatorChoice {
  id: string;
  op: FilterOperator;
  not?: boolean;
  /** `is` has its operand built in, `empty` perhaps several. */
  value?: string;
  values?: readonly string[];
  operands: "none" | "one" | "two" | "many" | "span";
}

function one(op: FilterOperator, not = false): OperatorChoice {
  return { id: not ? `not.${op}` : op, op, not: not || undefined, operands: "one" };
}
function fixed(value: string, not = false): OperatorChoice {
  return { id: not ? `not.is.${value}` : `is.${value}`, op: "is", not: not || undefined, value, operands: "none" };
}

const EQUAL = [one("eq"), one("neq")];
const ORDER = [one("gt"), one("gte"), one("lt"), one("lte")];
const BETWEEN: OperatorChoice[] = [
  { id: "between", op: "between", operands: "two" },
  { id: "not.between", op: "between", not: true, operands: "two" },
];
const ONE_OF: OperatorChoice[] = [
  { id: "in", op: "in", operands: "many" },
  { id: "not.in", op: "in", not: true, operands: "many" },
];
const NULLS = [fixed("null"), fixed("null", true)];
const EMPTY: OperatorChoice[] = [
  { id: "empty", op: "empty", operands: "none" },
  { id: "not.empty", op: "empty", not: true, operands: "none" },
];
const RELATIVE: OperatorChoice[] = [{ id: "relative", op: "relative", operands: "span" }];
const CONTAINERS = [one("cs"), one("cd"), one("ov")];
const TEXT = [
  one("contains"),
  one("contains", true),
  one("starts"),
  one("ends"),
  ...EQUAL,
  ...ONE_OF,
  ...EMPTY,
  one("imatch"),
  one("wfts"),
  ...ORDER,
];
/** For columns made to be searched (`tsvector`). */
const SEARCH = [one("wfts"), one("wfts", true), one("plfts"), one("phfts"), one("fts")];
const NUMBER = [...EQUAL, ...ORDER, ...BETWEEN, ...ONE_OF];
const MOMENT = [...RELATIVE, one("gte"), one("lt"), ...BETWEEN, ...EQUAL, one("gt"), one("lte")];

const BY_CATEGORY: Record<Category, readonly OperatorChoice[]> = {
  text: TEXT,
  int: NUMBER,
  bigint: NUMBER,
  numeric: NUMBER,
  float: NUMBER,
  bool: [fixed("true"), fixed("false")],
  date: MOMENT,
  timestamp: MOMENT,
  timestamptz: MOMENT,
  time: [...EQUAL, ...ORDER, ...BETWEEN],
  interval: [...EQUAL, ...ORDER, ...BETWEEN],
  uuid: [...EQUAL, ...ONE_OF],
  enum: [...ONE_OF, ...EQUAL],
  json: [one("cs"), one("cs", true), one("cd"), ...EQUAL],
  array: [...CONTAINERS, one("cs", true), ...EQUAL],
  range: [...CONTAINERS, one("sl"), one("sr"), one("nxr"), one("nxl"), one("adj"), ...EQUAL],
  network: [...EQUAL, ...ORDER, ...ONE_OF],
  bytea: EQUAL,
  other: EQUAL,
};

/** A column as a path into its JSON shows it: `->>` at the end gives text, whatever is there. */
export function typedColumn<C extends FilterColumn | undefined>(column: C, path: string | undefined): C {
  const text = column?.category === "json" && path !== undefined && /->>[^>]*$/.test(path);
  return text ? { ...column, category: "text", nullable: true, operators: undefined, empty: undefined } : column;
}

/** What the grammar has to know for the choices that are made for people. */
const NEEDS: Partial<Record<FilterOperator, readonly string[]>> = {
  contains: ["ilike"],
  starts: ["ilike"],
  ends: ["ilike"],
  between: ["gte", "lte"],
  relative: ["gte", "lt"],
  empty: ["eq"],
};

const needs = (choice: OperatorChoice): readonly string[] => NEEDS[choice.op] ?? [choice.op];

/**
 * Operators for a column, the most likely first: where the server says what it takes, that and nothing else.
 * The category is what puts them in order.
 */
export function operatorsFor(column: FilterColumn): readonly OperatorChoice[] {
  const menu = column.textSearch ? SEARCH : BY_CATEGORY[column.category];
  const base = column.operators ? taken(menu, column.operators, column.empty ?? []) : menu;
  return column.nullable === false ? base : [...base, ...NULLS];
}

function taken(menu: readonly OperatorChoice[], operators: readonly string[], empty: readonly string[]) {
  const known = menu.filter((choice) => choice.op !== "empty" && needs(choice).every((op) => operators.includes(op)));
  const covered = new Set(["is", ...known.flatMap((choice) => needs(choice))]);
  const rest = operators
    .filter((op) => !covered.has(op))
    .flatMap((op) => (op === "in" ? ONE_OF : [one(op as FilterOperator)]));
  return [...known, ...(operators.includes("eq") ? emptyOf(empty) : []), ...rest];
}

/** "Is empty" for a type with these empty values. */
function emptyOf(values: readonly string[]): OperatorChoice[] {
  if (values.length === 0) return [];
  const operand = values.length === 1 ? { value: values[0] } : { values };
  return EMPTY.map((choice) => ({ ...choice, ...operand }));
}

/** The choice that a condition shows; a condition typed by hand may have none in the menu. */
export function choiceOf(condition: FilterCondition, column: FilterColumn | undefined): OperatorChoice {
  const typed = typedColumn(column, condition.path);
  const menu = typed ? operatorsFor(typed) : [];
  const not = condition.not ?? false;
  const found = menu.find(
    (c) =>
      c.op === condition.op &&
      (c.not ?? false) === not &&
      (c.value === undefined || c.value === condition.value) &&
      !condition.modifier,
  );
  if (found) return found;
  if (condition.op === "is") return fixed(condition.value, not);
  if (condition.op === "empty") return { id: not ? "not.empty" : "empty", op: "empty", not, operands: "none" };
  const operands = condition.op === "in" ? "many" : condition.op === "between" ? "two" : "one";
  if (condition.op === "relative") return { id: "relative", op: "relative", not, operands: "span" };
  return { id: not ? `not.${condition.op}` : condition.op, op: condition.op, not, operands };
}

/** The condition after another operator was picked; operands are kept as far as they fit. */
export function withOperator(condition: FilterCondition, choice: OperatorChoice): FilterCondition {
  const first = condition.values?.[0] ?? (condition.op === "is" || condition.op === "relative" ? "" : condition.value);
  const next: FilterCondition = { kind: "condition", column: condition.column, op: choice.op, value: "" };
  if (condition.path) next.path = condition.path;
  if (choice.not) next.not = true;
  switch (choice.operands) {
    case "none":
      next.value = choice.value ?? "";
      if (choice.values) next.values = choice.values;
      break;
    case "one":
      next.value = first;
      break;
    case "two":
      next.values = [first, condition.values?.[1] ?? ""];
      break;
    case "many":
      next.values = condition.op === "in" ? (condition.values ?? []) : first === "" ? [] : [first];
      break;
    case "span":
      next.value = "last.7.day";
      break;
  }
  return next;
}

/** A new condition on a column, with its most likely operator. */
export function newCondition(column: FilterColumn): FilterCondition {
  const blank: FilterCondition = { kind: "condition", column: column.name, op: "eq", value: "" };
  const first = operatorsFor(column)[0];
  return first ? withOperator(blank, first) : blank;
}

/** Types of which the empty text is a value. */
const TEXTS: ReadonlySet<Category | undefined> = new Set<Category | undefined>([
  "text",
  "enum",
  "bytea",
  "other",
  undefined,
]);

/** Whether the condition has all it needs to be sent. */
export function isComplete(condition: FilterCondition, column: FilterColumn | undefined): boolean {
  if (condition.op === "in") return (condition.values?.length ?? 0) > 0;
  if (condition.op === "between") return condition.values?.length === 2 && condition.values.every((v) => v !== "");
  if (condition.op === "empty") return true;
  if (condition.value !== "") return true;
  // Text inside JSON may be compared with nothing, too.
  const text = TEXTS.has(column?.category) || condition.path !== undefined;
  return text && (condition.op === "eq" || condition.op === "neq" || condition.op === "isdistinct");
}
