/** One filter as a chip: what it says, a click to change it, a cross to remove it. */
import { Button, Group, Popover, ScrollArea, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip } from "~/primitives/chip";
import { ConditionEditor } from "./ConditionEditor";
import { describeNode, operandText, operatorLabel } from "./describe";
import classes from "./filter.module.css";
import { GroupEditor } from "./GroupEditor";
import { choiceOf, isComplete, typedColumn } from "./operators";
import type { FilterColumn, FilterNode } from "./types";

interface FilterChipProps {
  columns: readonly FilterColumn[];
  node: FilterNode;
  onChange: (next: FilterNode) => void;
  onRemove: () => void;
}

export function FilterChip({ columns, node, onChange, onRemove }: FilterChipProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const text = describeNode(node, columns, t);
  const column = node.kind === "condition" ? columns.find((c) => c.name === node.column) : undefined;
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <Chip
          strong
          pressLabel={t("filter.change", { text })}
          pressTitle={text}
          onPress={() => setOpened((o) => !o)}
          removeLabel={t("filter.remove", { text })}
          onRemove={onRemove}
        >
          {node.kind === "condition" ? (
            <>
              <strong className={classes.term}>
                {column?.label ?? node.column}
                {node.path}
              </strong>{" "}
              <span className={classes.chipOperator}>
                {operatorLabel(choiceOf(node, column), typedColumn(column, node.path), t)}
              </span>{" "}
              <span>{operandText(node, column, t)}</span>
            </>
          ) : (
            text
          )}
        </Chip>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        {opened && (
          <NodeForm
            columns={columns}
            initial={node}
            onCancel={() => setOpened(false)}
            onApply={(next) => {
              setOpened(false);
              onChange(next);
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

interface NodeFormProps {
  columns: readonly FilterColumn[];
  initial: FilterNode;
  onApply: (next: FilterNode) => void;
  onCancel: () => void;
  /** Further ways from here, such as the group builder. */
  aside?: ReactNode;
}

/** Edits a draft of one node; nothing is asked of the server before "Apply". */
export function NodeForm({ columns, initial, onApply, onCancel, aside }: NodeFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(initial);
  const complete = nodeComplete(draft, columns);
  return (
    <form
      className={draft.kind === "group" ? classes.groupForm : classes.form}
      onSubmit={(e) => {
        e.preventDefault();
        e.stopPropagation();
        if (complete) onApply(draft);
      }}
    >
      <ScrollArea.Autosize mah="min(60vh, 520px)" type="auto" scrollbarSize={7}>
        <div className={classes.formBody}>
          {draft.kind === "group" ? (
            <GroupEditor columns={columns} value={draft} onChange={setDraft} />
          ) : (
            <ConditionEditor columns={columns} value={draft} onChange={setDraft} autoFocus />
          )}
        </div>
      </ScrollArea.Autosize>
      <Group justify="space-between" className={classes.formFoot}>
        {aside ?? (
          <Text size="xs" c="dimmed">
            {complete ? "" : t("filter.incomplete")}
          </Text>
        )}
        <Group gap={6}>
          <Button size="xs" variant="default" onClick={onCancel}>
            {t("filter.cancel")}
          </Button>
          <Button size="xs" type="submit" disabled={!complete}>
            {t("filter.apply")}
          </Button>
        </Group>
      </Group>
    </form>
  );
}

function nodeComplete(node: FilterNode, columns: readonly FilterColumn[]): boolean {
  if (node.kind === "condition")
    return isComplete(
      node,
      columns.find((column) => column.name === node.column),
    );
  return node.items.length > 0 && node.items.every((item) => nodeComplete(item, columns));
}
