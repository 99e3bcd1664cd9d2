/** What the API says about sources, tables and rows (see "Explorer" in docs/api.md). */
import type { Category } from "~/kit/filter";

export interface Source {
  id: string;
  name: string;
  version?: string;
  /** Where it points, without the secret part. */
  host?: string | null;
  database?: string | null;
}

export type PlaceKind = "user" | "anon" | "service";

/** A database role in whose place rows can be seen. */
export interface PlaceRole {
  kind: PlaceKind;
  role: string;
  available: boolean;
  /** Row policies don't bind it. */
  above_policies: boolean | null;
  reason: string | null;
  /** What somebody has to run first. */
  sql: string | null;
}

/** What testing a source found; the request itself succeeds either way. */
export interface Health {
  ok: boolean;
  message: string;
}

export type TableKind = "table" | "partitioned" | "partition" | "view" | "materialized_view" | "foreign";

export interface TableSummary {
  schema: string;
  name: string;
  kind: TableKind;
  /** The planner's estimate; null when it never looked. */
  estimated_rows: string | null;
  size_bytes: string | null;
  comment: string | null;
  /** One of the panel's own tables. */
  panel: boolean;
  /** `schema.name` of the table this is a partition of. */
  parent: string | null;
}

export interface Column {
  name: string;
  type: string;
  category: Category;
  nullable: boolean;
  default: string | null;
  generated: boolean;
  identity: string | null;
  comment: string | null;
  max_length: number | null;
  enum_values: string[] | null;
  /** Type of an array's elements, in PostgreSQL's words. */
  element: string | null;
  /** Place in the primary key, from 1; null when not part of it. */
  primary_key: number | null;
  readable: boolean;
  writable: boolean;
  hidden_reason: string | null;
  /** The filters that work on it. */
  operators: string[];
  sortable: boolean;
  /** The type in it that the panel doesn't know, so that it is only shown. */
  unknown_type: string | null;
  /** The operands that an empty value of it is equal to. */
  empty: string[];
  /** Shown only to who may see it and says why. */
  sensitive: boolean;
}

export interface ForeignKey {
  name: string;
  columns: string[];
  schema: string;
  table: string;
  target_columns: string[];
  /** The column of the other table that names a row best. */
  title_column: string | null;
}

export type OnDelete = "cascade" | "restrict" | "set_null" | "set_default" | "no_action";

export interface Referrer {
  name: string;
  schema: string;
  table: string;
  columns: string[];
  target_columns: string[];
  on_delete: OnDelete;
}

export interface Index {
  name: string;
  columns: string[];
  unique: boolean;
  primary: boolean;
  definition: string;
}

export interface Check {
  name: string;
  definition: string;
  columns: string[];
}

export interface Permitted {
  allowed: boolean;
  reason: string | null;
}

export interface Table {
  schema: string;
  name: string;
  kind: TableKind;
  comment: string | null;
  estimated_rows: string | null;
  size_bytes: string | null;
  panel: boolean;
  parent: string | null;
  columns: Column[];
  primary_key: string[];
  /** The column that says when a row was put into the trash; null where there is no trash. */
  trash: string | null;
  foreign_keys: ForeignKey[];
  referenced_by: Referrer[];
  indexes: Index[];
  checks: Check[];
  uniques: { name: string; columns: string[] }[];
  insert: Permitted;
  export: Permitted;
  /** Bringing rows in from a file. */
  import: Permitted;
  /** Seeing sensitive columns. */
  reveal: Permitted;
  /** Changing or deleting every row that a filter finds. */
  batch: Permitted;
  update: Permitted;
  delete: Permitted;
}

/** How many rows of another table point at the rows asked about. */
export interface ReferenceCount {
  schema: string;
  table: string;
  constraint: string;
  columns: string[];
  on_delete: OnDelete;
  /** Null when counting took too long. */
  count: number | null;
  /** There are more than were counted. */
  capped: boolean;
}

/** A row as the rows API gives it; `$version` is there when asked for. `$new` names one that isn't stored yet. */
export type Row = Record<string, unknown> & { $version?: string; $new?: string };

/** A value too long for a list. */
export interface Shortened {
  $short: string;
  /** Length of the whole value. */
  $size: number;
}

export function isShortened(value: unknown): value is Shortened {
  return typeof value === "object" && value !== null && "$short" in value && "$size" in value;
}

/** Names one table of one source. */
export interface TableRef {
  source: string;
  schema: string;
  table: string;
}
