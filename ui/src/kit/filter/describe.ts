/** A condition or group in words, for its chip. */
import type { TFunction } from "i18next";
import { choiceOf, type OperatorChoice, typedColumn } from "./operators";
import type { Category, FilterColumn, FilterCondition, FilterNode } from "./types";
import { describeSpan, enumChoices } from "./ValueInput";

const MOMENTS: readonly Category[] = ["date", "time", "timestamp", "timestamptz"];

/** The operator's name; "≥" reads "on or after" for a date. */
export function operatorLabel(choice: OperatorChoice, column: FilterColumn | undefined, t: TFunction): string {
  const key = choice.id.replaceAll(".", "_");
  if (column && MOMENTS.includes(column.category)) {
    return t(`filter.moment.${key}`, { defaultValue: t(`filter.op.${key}`, { defaultValue: choice.id }) });
  }
  if (column && ["array", "json", "range"].includes(column.category)) {
    return t(`filter.container.${key}`, { defaultValue: t(`filter.op.${key}`, { defaultValue: choice.id }) });
  }
  return t(`filter.op.${key}`, { defaultValue: choice.id });
}

/** What follows the operator in a chip. */
export function operandText(condition: FilterCondition, column: FilterColumn | undefined, t: TFunction): string {
  const choice = choiceOf(condition, column);
  const one = (value: string) => {
    if (column?.category === "timestamptz") {
      const at = new Date(value);
      if (!Number.isNaN(at.getTime())) return at.toLocaleString();
    }
    const known = column?.enumValues ? enumChoices(column).find((c) => c.value === value)?.label : undefined;
    return known ?? (value === "" ? t("filter.emptyText") : value);
  };
  switch (choice.operands) {
    case "none":
      return "";
    case "span":
      return describeSpan(condition.value, t);
    case "two":
      return (condition.values ?? []).map(one).join(" – ");
    case "many": {
      const values = condition.values ?? [];
      const shown = values.slice(0, 3).map(one).join(", ");
      return values.length > 3 ? t("filter.andMore", { values: shown, count: values.length - 3 }) : shown;
    }
    case "one":
      return one(condition.value);
  }
}

/** The whole node as one line of text. */
export function describeNode(node: FilterNode, columns: readonly FilterColumn[], t: TFunction): string {
  if (node.kind === "condition") {
    const column = columns.find((c) => c.name === node.column);
    const name = (column?.label ?? node.column) + (node.path ?? "");
    const typed = typedColumn(column, node.path);
    return [name, operatorLabel(choiceOf(node, column), typed, t), operandText(node, column, t)]
      .filter(Boolean)
      .join(" ");
  }
  const inner = node.items.map((item) => {
    const text = describeNode(item, columns, t);
    return item.kind === "group" && item.items.length > 1 ? `(${text})` : text;
  });
  const joined = inner.join(` ${t(node.join === "or" ? "filter.or" : "filter.and")} `);
  return node.not ? t("filter.notText", { text: joined }) : joined;
}
