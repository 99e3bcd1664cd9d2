// What can be done with the chosen rows. Slides in when there are any.
import { ActionIcon, Anchor, Button, Group, Loader, Menu, Text, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Ellipsis, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type GridSelection, NO_SELECTION } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import type { ActionMeta, ResourceMeta } from "~/lib/meta";
import { toastProblem } from "~/lib/toast";
import { Icon } from "~/primitives/icon";
import type { Target } from "./actions";
import classes from "./bulk-bar.module.css";
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

export function BulkBar({ resource, selection, onSelection, matching, loaded, complete, runner }: BulkBarProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const [counting, setCounting] = useState(false);
  const [all, setAll] = useState<number | null>(null);
  const actions = resource.actions.filter((action) => action.bulk);
  const except = selection.all ? [...(selection.except ?? [])] : [];
  const count = selection.all ? (all === null ? null : all - except.length) : selection.keys.length;
  if (count === 0 || (!selection.all && selection.keys.length === 0)) return null;

  /** The server compares this number with what it finds, so it must be exact. */
  const exactCount = async (): Promise<number | null> => {
    setCounting(true);
    try {
      const found = await client.fetchQuery({ ...countQuery(resource.name, matching, "exact"), staleTime: 0 });
      if (found.value === null || !found.exact) return null;
      setAll(found.value);
      return found.value;
    } catch (error) {
      toastProblem(error, t("bulk.countFailed"));
      return null;
    } finally {
      setCounting(false);
    }
  };
  const selectAll = async () => {
    const total = complete ? loaded : await exactCount();
    if (total === null) return;
    setAll(total);
    onSelection({ keys: [], all: true });
  };
  const start = async (action: ActionMeta) => {
    let target: Target;
    if (selection.all) {
      const total = await exactCount();
      if (total === null) return;
      target = { kind: "many", filter: filterText(matching), expected: total - except.length, except };
    } else {
      const ids = selection.keys.map((key) => `"${key}"`).join(",");
      target = {
        kind: "many",
        filter: filterText([["id", `in.(${ids})`]]),
        expected: selection.keys.length,
        except: [],
      };
    }
    runner.run(action, target);
  };

  const calm = actions.filter((action) => action.risk !== "danger");
  const dangerous = actions.filter((action) => action.risk === "danger");
  const first = [...calm, ...dangerous].slice(0, 3);
  const rest = [...calm, ...dangerous].slice(3);
  const why = (action: ActionMeta) => (action.allowed ? null : t("actions.needs", { permission: action.permission }));

  return (
    <section className={classes.bar} aria-label={t("bulk.label")}>
      <Group gap={12} wrap="wrap">
        <Text fz={13} fw={500} role="status">
          {count === null ? t("bulk.all") : t("bulk.selected", { count, shown: formatNumber(count) })}
        </Text>
        {!selection.all && (
          <Anchor component="button" type="button" fz={13} onClick={() => void selectAll()} disabled={counting}>
            {counting ? (
              <Loader size={12} />
            ) : complete ? (
              t("bulk.selectAll", { shown: formatNumber(loaded), count: loaded })
            ) : (
              t("bulk.selectMatching")
            )}
          </Anchor>
        )}
      </Group>
      <Group gap={8}>
        {first.map((action) => (
          <Tooltip key={action.name} label={why(action)} disabled={action.allowed}>
            <Button
              size="xs"
              variant="default"
              c={action.risk === "danger" && action.allowed ? "var(--mantine-color-error)" : undefined}
              leftSection={<Icon name={action.icon} size={14} />}
              data-disabled={!action.allowed || undefined}
              aria-disabled={!action.allowed}
              loading={counting}
              onClick={() => action.allowed && void start(action)}
            >
              {labels.action(resource.name, action)}
            </Button>
          </Tooltip>
        ))}
        {rest.length > 0 && (
          <Menu position="top-end">
            <Menu.Target>
              <ActionIcon variant="default" size={28} aria-label={t("actions.more")}>
                <Ellipsis size={14} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {rest.map((action) => (
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
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={t("bulk.clear")}
          onClick={() => onSelection(NO_SELECTION)}
        >
          <X size={16} aria-hidden />
        </ActionIcon>
      </Group>
    </section>
  );
}
