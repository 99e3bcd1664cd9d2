// The registry as the server describes it to this caller. Generic pages, forms, the navigation and the palette are made from it.
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { actingFor } from "./acting";
import { api } from "./api";
import { administrationOf } from "./surface";
import { withinOrganization } from "./within-organization";

export type FieldType =
  | "text"
  | "long_text"
  | "email"
  | "url"
  | "bool"
  | "int"
  | "bigint"
  | "numeric"
  | "money"
  | "date"
  | "datetime"
  | "duration"
  | "enum"
  | "ref"
  | "uuid"
  | "json"
  | "bytes"
  | "list"
  | "password";

export interface Option {
  value: string;
  label: string;
  color?: string | null;
}

/** The name of another field, and a list filter for each of its values. */
export type FilterBy = Record<string, Record<string, string>>;

export interface FieldMeta {
  name: string;
  label: string;
  type: FieldType;
  help: string | null;
  required: boolean;
  nullable: boolean;
  unique: boolean;
  secret: boolean;
  editable: "always" | "create" | "never";
  filter: boolean;
  sort: boolean;
  search: boolean;
  in_list: boolean;
  in_detail: boolean;
  min: number | null;
  max: number | null;
  suffix: string | null;
  /** Absent unless the type is an enumeration. */
  options?: Option[] | null;
  references: string | null;
  /** Which of them may be chosen, as a list filter: `scope=eq.platform`. */
  references_filter?: string | null;
  /** The same, where it depends on another field. */
  references_filter_by?: FilterBy | null;
  /** The fields of one entry, when it is a list of records. */
  items?: FieldMeta[] | null;
}

export type Risk = "safe" | "confirm" | "danger";

export interface ActionMeta {
  name: string;
  kind: "create" | "update" | "delete" | "verb";
  target: "one" | "none";
  bulk: boolean;
  label: string;
  icon: string | null;
  risk: Risk;
  permission: string;
  allowed: boolean;
  confirm: string | null;
  input: JsonSchema | null;
}

export interface ResourceMeta {
  name: string;
  module: string;
  /** Where it stands in the navigation. */
  group: string;
  /** Whose objects they are; absent where nothing asks. */
  scope?: "platform" | "organization";
  label: string;
  singular: string;
  icon: string | null;
  description: string;
  title_field: string;
  default_order: string;
  version_field: string | null;
  can_read: boolean;
  fields: FieldMeta[];
  actions: ActionMeta[];
}

export interface ModuleMeta {
  name: string;
  label: string;
  icon: string | null;
}

export interface PageMeta {
  name: string;
  module: string;
  group: string;
  label: string;
  icon: string | null;
  path: string;
  permission: string | null;
  allowed: boolean;
}

export interface SettingMeta {
  key: string;
  module: string;
  label: string;
  help: string | null;
  schema: JsonSchema;
  permission: string;
}

export interface PermissionMeta {
  /** `users:suspend` */
  name: string;
  module: string;
  allows: string;
  /** Where it means something. */
  scopes: ("platform" | "organization")[];
  /** A level below admin takes it away. */
  administrative: boolean;
}

export interface Meta {
  /** `base_url` is where the panel is reached, as it is configured. */
  product: { name: string; version: string; environment: string; base_url: string };
  modules: ModuleMeta[];
  resources: ResourceMeta[];
  pages: PageMeta[];
  settings: SettingMeta[];
  permissions: PermissionMeta[];
}

/** The part of JSON Schema that action inputs and settings use. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: unknown[];
  const?: unknown;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  writeOnly?: boolean;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  definitions?: Record<string, JsonSchema>;
  [extension: `x-${string}`]: unknown;
}

export type Row = Record<string, unknown>;

export const metaQuery = queryOptions({
  queryKey: ["meta"],
  queryFn: async ({ signal }) => {
    const organization = actingFor();
    const meta = (await api.get<Meta>("/meta", { signal })).data;
    return organization === null ? meta : withinOrganization(meta, administrationOf(organization).base);
  },
  staleTime: 5 * 60_000,
});

export function useMeta(): Meta {
  return useSuspenseQuery(metaQuery).data;
}

export function resourceNamed(meta: Meta, name: string): ResourceMeta | undefined {
  return meta.resources.find((resource) => resource.name === name);
}

export function actionOf(resource: ResourceMeta, kind: ActionMeta["kind"]): ActionMeta | undefined {
  return resource.actions.find((action) => action.kind === kind);
}

export function idOf(row: Row): string {
  return String(row.id);
}

/** What people call this object. */
export function titleOf(resource: ResourceMeta, row: Row): string {
  const title = row[resource.title_field];
  return typeof title === "string" && title !== "" ? title : idOf(row);
}

/** The version for `If-Match`; undefined when the resource has none. */
export function versionOf(resource: ResourceMeta, row: Row): string | undefined {
  const version = resource.version_field ? row[resource.version_field] : undefined;
  return version === undefined || version === null ? undefined : String(version);
}
