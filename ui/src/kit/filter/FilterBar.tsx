/** Search field, filters as chips, and the way to add more. */
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import signs from "~/primitives/signs.module.css";
import { AddFilter } from "./AddFilter";
import { FilterChip } from "./FilterChip";
import classes from "./filter.module.css";
import { SearchField } from "./SearchField";
import { EMPTY_FILTER, type FilterBarProps, type FilterNode } from "./types";

export function FilterBar(props: FilterBarProps) {
  const { columns, value, onChange, onSearch } = props;
  const { t } = useTranslation();
  const replace = (at: number, next: FilterNode | null) =>
    onChange({ items: value.items.flatMap((item, i) => (i === at ? (next ?? []) : item)) });
  return (
    <Group gap={6} role="group" aria-label={t("filter.label")}>
      {props.before}
      {onSearch && <SearchField value={props.search ?? ""} onChange={onSearch} placeholder={props.searchPlaceholder} />}
      {value.items.map((node, i) => (
        <FilterChip
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
          key={i}
          columns={columns}
          node={node}
          onChange={(next) => replace(i, next)}
          onRemove={() => replace(i, null)}
        />
      ))}
      {columns.length > 0 && (
        <AddFilter
          columns={columns}
          onAdd={(node) => onChange({ items: [...value.items, node] })}
          column={props.adding}
          onColumn={props.onAdding}
        />
      )}
      {value.items.length > 1 && (
        <Button size="xs" variant="subtle" color="gray" onClick={() => onChange(EMPTY_FILTER)}>
          {t("filter.clearAll")}
        </Button>
      )}
      {props.sorting}
      {props.aside && <div className={`${classes.aside} ${signs.signs}`}>{props.aside}</div>}
    </Group>
  );
}
