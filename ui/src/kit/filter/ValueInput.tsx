/** The operand field that suits a column: a calendar for days, a list for enums, plain text for the rest. */
import { Group, MultiSelect, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { OperatorChoice } from "./operators";
import { RELATIVE_UNITS, type RelativeSpan, type RelativeUnit, readSpan, writeSpan } from "./relative";
import type { FilterChoice, FilterColumn, FilterCondition } from "./types";
import { instantToLocal, localToInstant } from "./zone";

interface ValueInputProps {
  column: FilterColumn;
  choice: OperatorChoice;
  condition: FilterCondition;
  onChange: (next: FilterCondition) => void;
  autoFocus?: boolean;
}

/** A list of choices within the form's popover, which would close on a click outside of itself; not cut by the form's scrolling. */
export const IN_FORM = { withinPortal: false, floatingStrategy: "fixed" } as const;

export function enumChoices(column: FilterColumn): FilterChoice[] {
  return (column.enumValues ?? []).map((v) => (typeof v === "string" ? { value: v, label: v } : v));
}

export function ValueInput({ column, choice, condition, onChange, autoFocus }: ValueInputProps) {
  const { t } = useTranslation();
  const values = condition.values ?? [];
  switch (choice.operands) {
    case "none":
      return null;
    case "span":
      return <SpanInput value={condition.value} onChange={(value) => onChange({ ...condition, value })} />;
    case "two":
      return (
        <Group gap={6} wrap="nowrap" align="center">
          <OneInput
            column={column}
            label={t("filter.from")}
            value={values[0] ?? ""}
            onChange={(v) => onChange({ ...condition, values: [v, values[1] ?? ""] })}
            autoFocus={autoFocus}
          />
          <span>–</span>
          <OneInput
            column={column}
            label={t("filter.to")}
            value={values[1] ?? ""}
            onChange={(v) => onChange({ ...condition, values: [values[0] ?? "", v] })}
          />
        </Group>
      );
    case "many":
      return column.enumValues ? (
        <MultiSelect
          size="sm"
          aria-label={t("filter.values")}
          placeholder={values.length === 0 ? t("filter.pickValues") : undefined}
          data={enumChoices(column)}
          value={[...values]}
          onChange={(next) => onChange({ ...condition, values: next })}
          comboboxProps={IN_FORM}
          data-autofocus={autoFocus || undefined}
          searchable
        />
      ) : (
        <TagsInput
          size="sm"
          aria-label={t("filter.values")}
          placeholder={values.length === 0 ? t("filter.typeValues") : undefined}
          value={[...values]}
          onChange={(next) => onChange({ ...condition, values: next })}
          splitChars={[",", ";", "\n", "\t"]}
          acceptValueOnBlur
          data-autofocus={autoFocus || undefined}
        />
      );
    case "one":
      return (
        <OneInput
          column={column}
          label={t("filter.value")}
          value={condition.value}
          onChange={(value) => onChange({ ...condition, value })}
          autoFocus={autoFocus}
          exact={["eq", "neq", "gt", "gte", "lt", "lte"].includes(choice.op)}
        />
      );
  }
}

interface OneInputProps {
  column: FilterColumn;
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
  /** The operand is a value of the column's type (not a pattern or a search). */
  exact?: boolean;
}

function OneInput({ column, label, value, onChange, autoFocus, exact = true }: OneInputProps) {
  const common = {
    size: "sm" as const,
    flex: 1,
    "aria-label": label,
    "data-autofocus": autoFocus || undefined,
  };
  if (exact && column.enumValues) {
    return (
      <Select
        {...common}
        data={enumChoices(column)}
        value={value || null}
        onChange={(v) => onChange(v ?? "")}
        comboboxProps={IN_FORM}
        searchable
      />
    );
  }
  switch (exact ? column.category : "text") {
    case "date":
      return <TextInput {...common} type="date" value={value} onChange={(e) => onChange(e.currentTarget.value)} />;
    case "time":
      return (
        <TextInput {...common} type="time" step={1} value={value} onChange={(e) => onChange(e.currentTarget.value)} />
      );
    case "timestamp":
      return (
        <TextInput
          {...common}
          type="datetime-local"
          step={1}
          value={value}
          onChange={(e) => onChange(e.currentTarget.value)}
        />
      );
    case "timestamptz":
      return (
        <TextInput
          {...common}
          type="datetime-local"
          step={1}
          value={instantToLocal(value)}
          onChange={(e) => onChange(localToInstant(e.currentTarget.value))}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          inputMode={["int", "bigint", "numeric", "float"].includes(column.category) ? "decimal" : undefined}
          value={value}
          placeholder={PLACEHOLDER[column.category]}
          onChange={(e) => onChange(e.currentTarget.value)}
        />
      );
  }
}

const PLACEHOLDER: Partial<Record<FilterColumn["category"], string>> = {
  json: '{"key": "value"}',
  array: "{a,b}",
  range: "[1,10)",
  interval: "2 days 03:00",
  network: "10.0.0.0/8",
  bytea: "\\x00ff",
};

const PRESETS = [
  "this.day",
  "previous.day",
  "last.7.day",
  "last.30.day",
  "this.week",
  "this.month",
  "previous.month",
  "this.year",
];

function SpanInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const span = readSpan(value);
  const custom = !PRESETS.includes(value);
  return (
    <>
      <Select
        size="sm"
        aria-label={t("filter.span")}
        allowDeselect={false}
        comboboxProps={IN_FORM}
        data={[
          ...PRESETS.map((p) => ({ value: p, label: describeSpan(p, t) })),
          { value: "custom", label: t("filter.spanCustom") },
        ]}
        value={custom ? "custom" : value}
        onChange={(v) => onChange(v === "custom" || v === null ? "last.14.day" : v)}
      />
      {custom && span && "count" in span && <CustomSpan span={span} onChange={onChange} />}
    </>
  );
}

type Counted = Extract<RelativeSpan, { count: number }>;

function CustomSpan({ span, onChange }: { span: Counted; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const set = (change: Partial<Counted>) => onChange(writeSpan({ ...span, ...change }));
  return (
    <Group gap={6} wrap="nowrap">
      <Select
        size="sm"
        aria-label={t("filter.spanDirection")}
        allowDeselect={false}
        comboboxProps={IN_FORM}
        data={[
          { value: "last", label: t("filter.spanLast") },
          { value: "next", label: t("filter.spanNext") },
        ]}
        value={span.kind}
        onChange={(v) => set({ kind: v === "next" ? "next" : "last" })}
      />
      <NumberInput
        size="sm"
        aria-label={t("filter.spanCount")}
        min={1}
        max={9999}
        w={80}
        value={span.count}
        onChange={(v) => set({ count: Math.max(1, Math.trunc(Number(v)) || 1) })}
      />
      <Select
        size="sm"
        aria-label={t("filter.spanUnit")}
        allowDeselect={false}
        comboboxProps={IN_FORM}
        data={RELATIVE_UNITS.map((unit) => ({ value: unit, label: t(`filter.unit.${unit}`) }))}
        value={span.unit}
        onChange={(v) => set({ unit: (v ?? "day") as RelativeUnit })}
      />
    </Group>
  );
}

/** "Last 7 days" for `last.7.day`. */
export function describeSpan(text: string, t: (key: string, options?: Record<string, unknown>) => string): string {
  const span = readSpan(text);
  if (!span) return text;
  if ("count" in span) return t(`filter.spanText.${span.kind}.${span.unit}`, { count: span.count });
  return t(`filter.spanText.${span.kind}.${span.unit}`);
}
