/** Changing tables: what the API says before, and the lists of changes that pages send. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";
import { rowsKey } from "../data";
import type { Permitted, TableRef } from "../model";

export type Change = { change: string } & Record<string, unknown>;

export interface Lock {
  mode: string;
  on: string;
  blocks: "everything" | "writes" | "changes";
}

export interface Statement {
  change: number;
  sql: string;
  locks: Lock[];
  work: "nothing" | "scan" | "rewrite" | "index";
  transaction: boolean;
}

export interface Note {
  code: string;
  message: string;
  about: string | null;
}

export interface Dependent {
  kind: string;
  name: string;
  effect: "blocks" | "goes" | "follows";
}

export interface Owner {
  schema: string;
  name: string;
  owner: string;
  can_take_over: boolean;
  reason: string;
}

export interface Plan {
  hash: string;
  statements: Statement[];
  down: string[];
  lost: Note[];
  notes: Note[];
  used_by: Dependent[];
  tables: { name: string; rows: string | null; bytes: string }[];
  foreign: Owner[];
}

export type Command = "all" | "select" | "insert" | "update" | "delete";

export interface Policy {
  name: string;
  permissive: boolean;
  command: Command;
  roles: string[];
  using: string | null;
  check: string | null;
  comment: string | null;
}

export interface Rule {
  name: string;
  kind: "primary_key" | "unique" | "foreign_key" | "exclusion" | "check";
  definition: string;
  validated: boolean;
}

/** What changing a table needs to know. */
export interface Shape {
  owner: Owner | null;
  change: Permitted;
  take_over: Permitted;
  row_security: boolean;
  forced: boolean;
  policies: Policy[];
  rules: Rule[];
  triggers: string[];
  used_by: Dependent[];
  definition: string[];
}

export interface Enumeration {
  schema: string;
  name: string;
  values: string[];
  comment: string | null;
}

export interface SourceSchema {
  schemas: { name: string; can_create: boolean; comment: string | null }[];
  enums: Enumeration[];
  roles: string[];
  change: Permitted;
  /** What somebody has to run first. */
  sql: string | null;
}

const part = encodeURIComponent;
const path = (source: string) => `/explorer/${part(source)}/schema`;

export const shapeQuery = (ref: TableRef) =>
  queryOptions({
    queryKey: ["explorer", ref.source, "shape", ref.schema, ref.table],
    queryFn: async ({ signal }) =>
      (await api.get<Shape>(`${path(ref.source)}/${part(ref.schema)}/${part(ref.table)}`, { signal })).data,
    staleTime: 10_000,
  });

export const sourceSchemaQuery = (source: string) =>
  queryOptions({
    queryKey: ["explorer", source, "schema"],
    queryFn: async ({ signal }) => (await api.get<SourceSchema>(path(source), { signal })).data,
    staleTime: 10_000,
  });

export const planQuery = (source: string, changes: readonly Change[] | null) =>
  queryOptions({
    queryKey: ["explorer", source, "schema-plan", changes],
    queryFn: async ({ signal }) => (await api.post<Plan>(`${path(source)}/plan`, { changes }, { signal })).data,
    enabled: changes !== null,
    // What is there may change at any moment, and a plan is about now.
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** Does what was planned; which change it is from now on. */
export async function applyPlan(source: string, changes: readonly Change[], hash: string): Promise<string> {
  return (await api.post<{ id: string }>(`${path(source)}/changes`, { changes, hash })).data.id;
}

export async function takeOver(source: string, owner: Owner): Promise<void> {
  const { schema, name } = owner;
  await api.post(`${path(source)}/own`, { schema, name, owner: owner.owner });
}

/** Everything that was read of a source's tables is read again. */
export async function tablesChanged(client: QueryClient, source: string): Promise<void> {
  const isPlan = (key: readonly unknown[]) => key[2] === "schema-plan";
  await Promise.all([
    client.invalidateQueries({ predicate: ({ queryKey: k }) => k[0] === "explorer" && k[1] === source && !isPlan(k) }),
    client.invalidateQueries({ queryKey: rowsKey({ source, schema: "", table: "" }).slice(0, 2) }),
  ]);
}

/** An error of a field in a list of one or more changes, whichever of them it is in. */
export function fieldOf(errors: readonly { field: string; message: string }[], field: string): string | undefined {
  return errors.find((error) => error.field.replace(/^changes\.\d+\.?/, "") === field)?.message;
}

export const COMMON_TYPES = [
  "text",
  "integer",
  "bigint",
  "boolean",
  "numeric(12, 2)",
  "double precision",
  "uuid",
  "timestamptz",
  "date",
  "time",
  "interval",
  "jsonb",
  "varchar(255)",
  "text[]",
  "bytea",
  "inet",
  "smallint",
  "timestamp",
  "xml",
  "tsvector",
];
