/** "Add filter": pick a column, then say what must hold; or build a group. */
import { Button, Popover, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { ListFilter, Parentheses } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid/SmallButton";
import { NodeForm } from "./FilterChip";
import classes from "./filter.module.css";
import { newCondition } from "./operators";
import type { FilterColumn, FilterNode } from "./types";

interface AddFilterProps {
  columns: readonly FilterColumn[];
  onAdd: (node: FilterNode) => void;
  /** Opens the form on this column, as asked from outside. */
  column?: string | null;
  onColumn?: (column: string | null) => void;
}

export function AddFilter({ columns, onAdd, column, onColumn }: AddFilterProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [draft, setDraft] = useState<FilterNode | null>(null);

  useEffect(() => {
    const wanted = column && columns.find((c) => c.name === column);
    if (!wanted) return;
    setDraft(newCondition(wanted));
    setOpened(true);
  }, [column, columns]);

  const close = () => {
    setOpened(false);
    setDraft(null);
    onColumn?.(null);
  };
  const startGroup = () => {
    const first = draft?.kind === "condition" ? draft : columns[0] && newCondition(columns[0]);
    if (first) setDraft({ kind: "group", join: "or", items: [first] });
  };
  return (
    <Popover
      opened={opened}
      onChange={(open) => (open ? setOpened(true) : close())}
      position="bottom-start"
      withinPortal
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<ListFilter size={14} />}
          onClick={() => (opened ? close() : setOpened(true))}
        >
          {t("filter.add")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        {opened &&
          (draft ? (
            <NodeForm
              key={draft.kind}
              columns={columns}
              initial={draft}
              onCancel={close}
              onApply={(node) => {
                onAdd(node);
                close();
              }}
              aside={
                draft.kind === "condition" ? (
                  <SmallButton variant="subtle" color="gray" onClick={startGroup}>
                    {t("filter.orGroup")}
                  </SmallButton>
                ) : undefined
              }
            />
          ) : (
            <ColumnList columns={columns} onPick={(c) => setDraft(newCondition(c))} onGroup={startGroup} />
          ))}
      </Popover.Dropdown>
    </Popover>
  );
}

function ColumnList(props: {
  columns: readonly FilterColumn[];
  onPick: (column: FilterColumn) => void;
  onGroup: () => void;
}) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const found = props.columns.filter((c) => `${c.label} ${c.name}`.toLowerCase().includes(query.toLowerCase()));
  return (
    <div className={classes.form}>
      <div className={classes.listHead}>
        <TextInput
          size="xs"
          placeholder={t("filter.findColumn")}
          aria-label={t("filter.findColumn")}
          value={query}
          onChange={(e) => setQuery(e.currentTarget.value)}
          onKeyDown={(e) => {
            const first = found[0];
            if (e.key === "Enter" && first) {
              e.preventDefault();
              props.onPick(first);
            }
          }}
          data-autofocus
        />
      </div>
      <ScrollArea.Autosize mah={320} type="auto">
        <div className={classes.list}>
          {found.map((column) => (
            <UnstyledButton key={column.name} className={classes.listItem} onClick={() => props.onPick(column)}>
              <span className={classes.listLabel}>{column.label}</span>
              <Text span size="xs" c="dimmed">
                {t(`filter.category.${column.category}`)}
              </Text>
            </UnstyledButton>
          ))}
          {found.length === 0 && (
            <Text size="xs" c="dimmed" p={8}>
              {t("filter.noColumn")}
            </Text>
          )}
        </div>
      </ScrollArea.Autosize>
      <div className={classes.listFoot}>
        <UnstyledButton className={classes.listItem} onClick={props.onGroup}>
          <Parentheses size={14} aria-hidden />
          <span className={classes.listLabel}>{t("filter.newGroup")}</span>
        </UnstyledButton>
      </div>
    </div>
  );
}
