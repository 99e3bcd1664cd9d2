// Turns the JSON Schema of an action's input (or a setting) into the fields our forms are made of.
import { humanize } from "~/lib/labels";
import type { FieldMeta, FieldType, FilterBy, JsonSchema, Option } from "~/lib/meta";

const FORMATS: Record<string, FieldType> = {
  email: "email",
  uri: "url",
  url: "url",
  date: "date",
  "date-time": "datetime",
  uuid: "uuid",
  password: "password",
  int64: "int",
  bigint: "bigint",
  decimal: "numeric",
  duration: "duration",
  "long-text": "long_text",
};

const KNOWN: ReadonlySet<string> = new Set<FieldType>([
  "text",
  "long_text",
  "email",
  "url",
  "bool",
  "int",
  "bigint",
  "numeric",
  "money",
  "date",
  "datetime",
  "duration",
  "enum",
  "ref",
  "uuid",
  "json",
  "bytes",
  "list",
  "password",
]);

/** Follows `$ref`, and looks through `allOf` of one and "this or null" unions. */
function resolve(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  let current = schema;
  let nullable = false;
  for (let depth = 0; depth < 8; depth += 1) {
    if (current.$ref) {
      const name = current.$ref.split("/").pop() ?? "";
      const target = root.$defs?.[name] ?? root.definitions?.[name];
      if (!target) break;
      // Words written beside the reference describe this place better than the shared type does.
      const { $ref: _, ...beside } = current;
      current = { ...target, ...beside };
      continue;
    }
    const union = current.anyOf ?? (current.oneOf?.some(isNull) ? current.oneOf : undefined);
    const single = current.allOf?.length === 1 ? current.allOf[0] : undefined;
    if (union?.some(isNull)) {
      nullable = true;
      const rest = union.filter((one) => !isNull(one));
      if (rest.length !== 1 || !rest[0]) break;
      const { anyOf: _a, oneOf: _o, ...beside } = current;
      current = { ...rest[0], ...beside };
      continue;
    }
    if (single) {
      const { allOf: _, ...beside } = current;
      current = { ...single, ...beside };
      continue;
    }
    break;
  }
  if (Array.isArray(current.type) && current.type.includes("null")) nullable = true;
  return { schema: current, nullable };
}

function isNull(schema: JsonSchema): boolean {
  return schema.type === "null";
}

function optionsOf(schema: JsonSchema): Option[] | null {
  const values = schema.enum ?? schema.oneOf?.map((one) => one.const ?? one.enum?.[0]);
  if (!values || values.some((value) => typeof value !== "string" && value !== null)) return null;
  return values
    .filter((value): value is string => typeof value === "string")
    .map((value) => ({ value, label: schema.oneOf?.find((one) => one.const === value)?.title ?? humanize(value) }));
}

function typeOf(schema: JsonSchema): FieldType {
  const named = schema["x-type"] ?? schema["x-field-type"];
  if (typeof named === "string" && KNOWN.has(named)) return named as FieldType;
  if (schema["x-references"]) return "ref";
  if (optionsOf(schema)) return "enum";
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type === "boolean") return "bool";
  if (type === "integer") return "int";
  if (type === "number") return "numeric";
  if (type === "array") return schema.items && typeOf(schema.items) !== "json" ? "list" : "json";
  if (type === "object") return "json";
  if (type === "string" || type === undefined) {
    if (schema.format && FORMATS[schema.format]) return FORMATS[schema.format] ?? "text";
    if (schema.writeOnly) return "password";
    return type === undefined && !schema.format && Object.keys(schema).length === 0 ? "json" : "text";
  }
  return "json";
}

function isChoice(value: unknown): value is FilterBy {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The field with what may be chosen in it, by what the other fields say now. */
export function narrowed(field: FieldMeta, values: Record<string, unknown>): FieldMeta {
  const [by, filters] = Object.entries(field.references_filter_by ?? {})[0] ?? [];
  const filter = by === undefined ? undefined : filters?.[String(values[by])];
  const items = field.items?.map((item) => narrowed(item, values));
  if (filter === undefined && !items) return field;
  return { ...field, references_filter: filter ?? field.references_filter, items: items ?? field.items };
}

/** One property as a field. */
export function fieldFromSchema(name: string, property: JsonSchema, root: JsonSchema, required: boolean): FieldMeta {
  const { schema, nullable } = resolve(property, root);
  const type = typeOf(schema);
  const references = schema["x-references"];
  const filter = schema["x-filter"];
  // What may be chosen can depend on another field: {"scope_of": {"staff": "scope=eq.platform"}}.
  const filters = schema["x-filter-by"];
  const suffix = schema["x-suffix"];
  const items = schema.items ? resolve(schema.items, root).schema : undefined;
  return {
    name,
    // A reference is picked by name, so it is called by what it is and not by its id.
    label: schema.title ?? humanize(references ? name.replace(/_id$/, "") : name),
    type,
    help: schema.description ?? null,
    required,
    nullable: nullable || !required,
    unique: false,
    secret: schema.writeOnly === true || type === "password",
    editable: "always",
    filter: false,
    sort: false,
    search: false,
    in_list: false,
    in_detail: false,
    min: schema.minimum ?? schema.minLength ?? null,
    max: schema.maximum ?? schema.maxLength ?? null,
    suffix: typeof suffix === "string" ? suffix : null,
    options: optionsOf(type === "list" && items ? items : schema),
    references: typeof references === "string" ? references : null,
    references_filter: typeof filter === "string" ? filter : null,
    references_filter_by: isChoice(filters) ? filters : null,
    items: items && type === "json" ? fieldsFromSchema(items) : null,
  };
}

/**
 * The fields of an input object, in the order the schema lists them.
 * A property that is also a field of the resource keeps that field's label, help and type.
 */
export function fieldsFromSchema(schema: JsonSchema | null, known: readonly FieldMeta[] = []): FieldMeta[] {
  if (!schema) return [];
  const { schema: root } = resolve(schema, schema);
  const required = new Set(root.required ?? []);
  // Where nothing has to be sent, only what changes is, and what must have a value can't be emptied.
  const partial = required.size === 0;
  return Object.entries(root.properties ?? {}).map(([name, property]) => {
    const field = known.find((one) => one.name === name);
    const made = fieldFromSchema(name, property, schema, required.has(name));
    if (!field) return made;
    return {
      ...field,
      help: made.help ?? field.help,
      required: required.has(name) || (partial && field.required),
      references_filter: made.references_filter,
      references_filter_by: made.references_filter_by,
      options: field.options ?? made.options,
      items: made.items,
    };
  });
}

/**
 * The values a form starts with: schema defaults, else nothing. What may be left out and is known of an object, `row`,
 * starts as it is.
 */
export function defaultsOf(
  schema: JsonSchema | null,
  fields: readonly FieldMeta[],
  row?: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const root = schema ? resolve(schema, schema).schema : undefined;
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const given = root?.properties?.[field.name]?.default;
    const known = field.required ? undefined : row?.[field.name];
    if (known !== undefined && known !== null) values[field.name] = known;
    else if (given !== undefined) values[field.name] = given;
    else if (field.type === "bool" && !field.nullable) values[field.name] = false;
    else values[field.name] = field.nullable ? null : field.type === "list" ? [] : "";
  }
  return values;
}
