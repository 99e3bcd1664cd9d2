// What can be done with the chosen objects of a resource.
import { ActionIcon, Button, Menu, Text, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type GridSelection, NO_SELECTION, SelectionBar, useSelectAll } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import type { ActionMeta, ResourceMeta } from "~/lib/meta";
import { Icon } from "~/primitives/icon";
import { countQuery } from "./data";
import type { ActionRunner } from "./use-action";

interface BulkBarProps {
  resource: ResourceMeta;
  selection: GridSelection;
  onSelection: (next: GridSelection) => void;
  matching: QueryPairs;
  /** Rows loaded so far, and whether there are more. */
  loaded: number;
  complete: boolean;
  runner: ActionRunner;
}

/** A list query as one text, the way bulk actions take it. */
export function filterText(pairs: QueryPairs): string {
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
}

/** How many actions stand as buttons; the rest is in a menu. */
const BUTTONS = 3;

export function BulkBar({ resource, selection, onSelection, matching, loaded, complete, runner }: BulkBarProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const all = useSelectAll({
    selection,
    onSelection,
    loaded,
    complete,
    countMatching: () => client.fetchQuery({ ...countQuery(resource.name, matching, "exact"), staleTime: 0 }),
  });
  if (all.count === 0) return null;

  const start = async (action: ActionMeta) => {
    if (selection.all) {
      // The server compares this number with what it finds, so it must be exact.
      const expected = await all.recount();
      if (expected === null) return;
      const except = [...(selection.except ?? [])];
      runner.run(action, { kind: "many", filter: filterText(matching), expected, except });
    } else {
      const ids = selection.keys.map((key) => `"${key}"`).join(",");
      const filter = filterText([["id", `in.(${ids})`]]);
      runner.run(action, { kind: "many", filter, expected: selection.keys.length, except: [] });
    }
  };
  const bulk = resource.actions.filter((action) => action.bulk);
  const actions = [
    ...bulk.filter((action) => action.risk !== "danger"),
    ...bulk.filter((action) => action.risk === "danger"),
  ];
  const why = (action: ActionMeta) => (action.allowed ? null : t("actions.needs", { permission: action.permission }));
  return (
    <SelectionBar
      count={all.count}
      offer={
        selection.all || (complete && selection.keys.length >= loaded)
          ? null
          : {
              text: complete
                ? t("selection.takeAll", { shown: formatNumber(loaded), count: loaded })
                : t("selection.takeMatching"),
              counting: all.counting,
              onTake: () => void all.take(),
            }
      }
      onClear={() => onSelection(NO_SELECTION)}
    >
      {actions.slice(0, BUTTONS).map((action) => (
        <Tooltip key={action.name} label={why(action)} disabled={action.allowed}>
          <Button
            size="xs"
            variant="default"
            c={action.risk === "danger" && action.allowed ? "var(--mantine-color-error)" : undefined}
            leftSection={<Icon name={action.icon} size={14} />}
            data-disabled={!action.allowed || undefined}
            aria-disabled={!action.allowed}
            loading={all.counting}
            onClick={() => action.allowed && void start(action)}
          >
            {labels.action(resource.name, action)}
          </Button>
        </Tooltip>
      ))}
      {actions.length > BUTTONS && (
        <Menu position="top-end">
          <Menu.Target>
            <ActionIcon variant="default" size={28} aria-label={t("actions.more")}>
              <Ellipsis size={14} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {actions.slice(BUTTONS).map((action) => (
              <Menu.Item
                key={action.name}
                disabled={!action.allowed}
                leftSection={<Icon name={action.icon} />}
                onClick={() => void start(action)}
              >
                {labels.action(resource.name, action)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {actions.length === 0 && (
        <Text fz={12} c="dimmed">
          {t("bulk.none")}
        </Text>
      )}
    </SelectionBar>
  );
}
