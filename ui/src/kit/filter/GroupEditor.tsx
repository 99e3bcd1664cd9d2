/** Conditions joined by "and" or "or", nested as deep as one likes. */
import { ActionIcon, Group, SegmentedControl, Stack, Switch } from "@mantine/core";
import { FolderPlus, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid/SmallButton";
import { ConditionEditor } from "./ConditionEditor";
import classes from "./filter.module.css";
import { newCondition } from "./operators";
import type { FilterColumn, FilterGroup, FilterNode } from "./types";

interface GroupEditorProps {
  columns: readonly FilterColumn[];
  value: FilterGroup;
  onChange: (next: FilterGroup) => void;
  depth?: number;
}

/** Deeper nesting works in the address but is not offered here: nobody can read it. */
const DEEPEST = 3;

export function GroupEditor({ columns, value, onChange, depth = 1 }: GroupEditorProps) {
  const { t } = useTranslation();
  const replace = (at: number, next: FilterNode | null) =>
    onChange({ ...value, items: value.items.flatMap((item, i) => (i === at ? (next ?? []) : item)) });
  const add = (node: FilterNode | undefined) => node && onChange({ ...value, items: [...value.items, node] });
  const fresh = () => (columns[0] ? newCondition(columns[0]) : undefined);
  const freshGroup = (): FilterGroup => {
    const first = fresh();
    return { kind: "group", join: value.join === "or" ? "and" : "or", items: first ? [first] : [] };
  };
  return (
    <Stack gap={8}>
      <Group gap={10} justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label={t("filter.join")}
          data={[
            { value: "and", label: t("filter.allOf") },
            { value: "or", label: t("filter.anyOf") },
          ]}
          value={value.join}
          onChange={(join) => onChange({ ...value, join: join === "and" ? "and" : "or" })}
        />
        <Switch
          size="xs"
          label={t("filter.negate")}
          checked={value.not ?? false}
          onChange={(e) => onChange({ ...value, not: e.currentTarget.checked || undefined })}
        />
      </Group>
      {value.items.map((item, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
        <div key={i} className={classes.item}>
          <div className={classes.itemBody}>
            {item.kind === "group" ? (
              <GroupEditor columns={columns} value={item} onChange={(next) => replace(i, next)} depth={depth + 1} />
            ) : (
              <ConditionEditor columns={columns} value={item} onChange={(next) => replace(i, next)} inline />
            )}
          </div>
          <ActionIcon
            size={24}
            variant="subtle"
            color="gray"
            aria-label={t("filter.removeItem")}
            onClick={() => replace(i, null)}
          >
            <Trash2 size={14} />
          </ActionIcon>
        </div>
      ))}
      <Group gap={6}>
        <SmallButton variant="subtle" leftSection={<Plus size={13} />} onClick={() => add(fresh())}>
          {t("filter.addCondition")}
        </SmallButton>
        {depth < DEEPEST && (
          <SmallButton variant="subtle" leftSection={<FolderPlus size={13} />} onClick={() => add(freshGroup())}>
            {t("filter.addGroup")}
          </SmallButton>
        )}
      </Group>
    </Stack>
  );
}
