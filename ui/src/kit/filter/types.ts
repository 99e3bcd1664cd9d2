/**
 * The vocabulary of filters: what a column is, what a condition says, how conditions nest.
 *
 * A state is plain data. `encode.ts` writes it as the query grammar of the API (and of the address bar),
 * `decode.ts` reads it back without loss; the components only edit the data.
 */

import type { ReactNode } from "react";

/** The kind of value a column holds; it picks operators here and the editor in the explorer. */
export type Category =
  | "text"
  | "int"
  | "bigint"
  | "numeric"
  | "float"
  | "bool"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "interval"
  | "uuid"
  | "json"
  | "array"
  | "enum"
  | "bytea"
  | "range"
  | "network"
  | "other";

/** A column that can be filtered. */
export interface FilterColumn {
  /** Name in the API. */
  name: string;
  /** What people read. */
  label: string;
  category: Category;
  /** The allowed values of an enum column, in their own order. */
  enumValues?: readonly FilterChoice[] | readonly string[];
  /** Whether "is NULL" makes sense; taken as true when absent. */
  nullable?: boolean;
  /** The operators that the server takes for it, where it says so; those of its category otherwise. */
  operators?: readonly string[];
  /** The operands that an empty value of it is equal to, where the server says so. */
  empty?: readonly string[];
  /** It holds what texts are searched by, and no text of its own. */
  textSearch?: boolean;
  /** Where its most common values come from. */
  facets?: FacetSource;
}

export interface FacetSource {
  /** Names the answer in the query cache. */
  key: readonly unknown[];
  load: (signal: AbortSignal) => Promise<Facets>;
}

export interface Facets {
  /** The most common first; shares from 0 to 1. */
  values: { value: string; share: number }[];
  /** Why there are none. */
  reason: string | null;
}

export interface FilterChoice {
  value: string;
  label: string;
}

/** Operators that the grammar has under the same name. Their `value` is the operand as text. */
export type GrammarOperator =
  | "eq"
  | "neq"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "like"
  | "ilike"
  | "match"
  | "imatch"
  | "is"
  | "isdistinct"
  | "in"
  | "cs"
  | "cd"
  | "ov"
  | "sl"
  | "sr"
  | "nxr"
  | "nxl"
  | "adj"
  | "fts"
  | "plfts"
  | "phfts"
  | "wfts";

/**
 * Operators made for people, each written as one fixed shape of the grammar:
 * contains, starts, ends (a case-insensitive pattern), between (two bounds, both included),
 * empty (NULL, or one of the type's empty values: '' without any said), relative (a stretch of time seen from now, such as "last 7 days").
 */
export type FriendlyOperator = "contains" | "starts" | "ends" | "between" | "empty" | "relative";

export type FilterOperator = GrammarOperator | FriendlyOperator;

export interface FilterCondition {
  kind: "condition";
  column: string;
  /** A path into a JSON column, `->a->>b`. */
  path?: string;
  op: FilterOperator;
  /** Text-search configuration (`fts(german)`) or quantifier (`eq(any)`). */
  modifier?: string;
  not?: boolean;
  /** One operand; unused by `in` and `between`. */
  value: string;
  /** The operands of `in` (any number) and `between` (exactly two); of `empty` where there are several. */
  values?: readonly string[];
}

export interface FilterGroup {
  kind: "group";
  /** How the items combine. */
  join: "and" | "or";
  not?: boolean;
  items: readonly FilterNode[];
}

export type FilterNode = FilterCondition | FilterGroup;

/** All items must hold. Alternatives are a group with `join: 'or'` among the items. */
export interface FilterState {
  items: readonly FilterNode[];
}

export const EMPTY_FILTER: FilterState = { items: [] };

/** Query parameters in their order; keys may repeat. */
export type QueryPairs = [string, string][];

export interface FilterBarProps {
  columns: readonly FilterColumn[];
  value: FilterState;
  onChange: (next: FilterState) => void;
  /** The free-text search; the field is shown when `onSearch` is given. */
  search?: string;
  onSearch?: (text: string) => void;
  /** Names the searchable columns for the field's placeholder. */
  searchPlaceholder?: string;
  /** Opens the form on this column, as asked by a column header; `onAdding(null)` when it closes. */
  adding?: string | null;
  onAdding?: (column: string | null) => void;
  /** What stands before all of it, such as the saved views of the list. */
  before?: ReactNode;
  /** What the list is sorted by, beside its filters. */
  sorting?: ReactNode;
  /** Further tools, at the end of the line. */
  aside?: ReactNode;
}
