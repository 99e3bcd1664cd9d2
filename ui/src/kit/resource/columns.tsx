// Fields of the registry as columns of the grid and of the filter bar.

import { FieldValue, isNumber } from "~/kit/fields";
import type { Category, FilterColumn } from "~/kit/filter";
import { type GridColumn, roomForLabel } from "~/kit/grid";
import type { Labels } from "~/lib/labels";
import type { FieldMeta, FieldType, ResourceMeta, Row } from "~/lib/meta";

const CATEGORY: Record<FieldType, Category> = {
  text: "text",
  long_text: "text",
  email: "text",
  url: "text",
  password: "text",
  bool: "bool",
  int: "int",
  bigint: "bigint",
  numeric: "numeric",
  money: "numeric",
  date: "date",
  datetime: "timestamptz",
  duration: "interval",
  enum: "enum",
  ref: "uuid",
  uuid: "uuid",
  json: "json",
  bytes: "bytea",
  list: "array",
};

const WIDTH: Partial<Record<FieldType, number>> = {
  bool: 88,
  enum: 128,
  int: 104,
  bigint: 192,
  numeric: 120,
  money: 120,
  date: 128,
  datetime: 136,
  duration: 104,
  uuid: 120,
  email: 240,
  long_text: 280,
  json: 240,
};

/** Of no foreseeable length. */
const GROWING: ReadonlySet<FieldType> = new Set(["text", "long_text", "email", "url", "list", "json"]);

export function gridColumns(resource: ResourceMeta, labels: Labels): GridColumn<Row>[] {
  const fields = resource.fields.filter(
    (field) => !field.secret && (field.in_list || field.in_detail) && field.name !== "id",
  );
  // The title leads, wherever it was declared.
  fields.sort((a, b) => Number(b.name === resource.title_field) - Number(a.name === resource.title_field));
  return fields.map((field) => column(resource, field, labels));
}

function column(resource: ResourceMeta, field: FieldMeta, labels: Labels): GridColumn<Row> {
  const title = field.name === resource.title_field;
  const label = labels.field(resource.name, field);
  return {
    key: field.name,
    label,
    category: CATEGORY[field.type] ?? "other",
    align: isNumber(field.type) ? "right" : "left",
    width: roomForLabel(label, title ? 240 : (WIDTH[field.type] ?? 168)),
    grows: title || GROWING.has(field.type),
    sortable: field.sort,
    hideable: !title,
    hiddenByDefault: !field.in_list,
    pinnedByDefault: false,
    render: (row) => {
      const value = <FieldValue field={field} scope={resource.name} value={row[field.name]} dense />;
      return title ? <strong style={{ fontWeight: 550 }}>{value}</strong> : value;
    },
    text: (row) => {
      const value = row[field.name];
      return value === null || value === undefined
        ? ""
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value);
    },
  };
}

export function filterColumns(resource: ResourceMeta, labels: Labels): FilterColumn[] {
  return resource.fields
    .filter((field) => field.filter && !field.secret)
    .map((field) => ({
      name: field.name,
      label: labels.field(resource.name, field),
      category: CATEGORY[field.type] ?? "other",
      nullable: field.nullable,
      enumValues: field.options?.length
        ? field.options.map((option) => ({
            value: option.value,
            label: labels.option(resource.name, field.name, option),
          }))
        : undefined,
    }));
}
