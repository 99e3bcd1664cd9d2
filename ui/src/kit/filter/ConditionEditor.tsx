/** Column, operator and operand of one condition. */
import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CommonValues, takesValues } from "./CommonValues";
import { operatorLabel } from "./describe";
import classes from "./filter.module.css";
import { choiceOf, newCondition, operatorsFor, typedColumn, withOperator } from "./operators";
import type { FilterColumn, FilterCondition } from "./types";
import { IN_FORM, ValueInput } from "./ValueInput";

interface ConditionEditorProps {
  columns: readonly FilterColumn[];
  value: FilterCondition;
  onChange: (next: FilterCondition) => void;
  autoFocus?: boolean;
  /** Side by side instead of one below the other. */
  inline?: boolean;
}

export function ConditionEditor({ columns, value, onChange, autoFocus, inline }: ConditionEditorProps) {
  const { t } = useTranslation();
  const named = columns.find((c) => c.name === value.column);
  const column = typedColumn(named, value.path);
  const choice = choiceOf(value, column);
  const menu = column ? operatorsFor(column) : [];
  // A condition typed into the address may use an operator that the menu doesn't offer.
  const choices = menu.some((c) => c.id === choice.id) ? menu : [...menu, choice];
  return (
    <div className={inline ? classes.inline : classes.stacked}>
      <Select
        size="sm"
        aria-label={t("filter.column")}
        searchable
        allowDeselect={false}
        comboboxProps={IN_FORM}
        data={columns.map((c) => ({ value: c.name, label: c.label }))}
        value={value.column}
        onChange={(name) => {
          const next = columns.find((c) => c.name === name);
          if (next) onChange(newCondition(next));
        }}
      />
      {named?.category === "json" && (
        <TextInput
          size="sm"
          aria-label={t("filter.path")}
          placeholder={t("filter.pathPlaceholder")}
          value={value.path ?? ""}
          onChange={(e) => {
            const path = e.currentTarget.value;
            onChange(withPath(value, named, path === "" ? undefined : path));
          }}
        />
      )}
      <Select
        size="sm"
        aria-label={t("filter.operator")}
        allowDeselect={false}
        comboboxProps={IN_FORM}
        maxDropdownHeight={300}
        data={choices.map((c) => ({ value: c.id, label: operatorLabel(c, column, t) }))}
        value={choice.id}
        onChange={(id) => {
          const next = choices.find((c) => c.id === id);
          if (next) onChange(withOperator(value, next));
        }}
      />
      {column && (
        <ValueInput
          key={`${value.column}:${choice.id}`}
          column={column}
          choice={choice}
          condition={value}
          onChange={onChange}
          autoFocus={autoFocus}
        />
      )}
      {column?.facets && !inline && takesValues(choice) && !value.path && (
        <CommonValues facets={column.facets} choice={choice} condition={value} onChange={onChange} />
      )}
    </div>
  );
}

/** The condition with another path: what text can be asked, JSON can't, so the operator follows. */
function withPath(condition: FilterCondition, column: FilterColumn, path: string | undefined): FilterCondition {
  const next = { ...condition, path };
  const [was, is] = [typedColumn(column, condition.path), typedColumn(column, path)];
  const first = operatorsFor(is)[0];
  return was.category === is.category || !first ? next : withOperator(next, first);
}
