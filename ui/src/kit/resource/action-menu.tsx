// The actions on one object. A forbidden one stays visible, disabled, with the reason under its name.
import { ActionIcon, Button, Loader, Menu, Text } from "@mantine/core";
import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import { type ActionMeta, idOf, type ResourceMeta, type Row } from "~/lib/meta";
import { Icon } from "~/primitives/icon";
import { useActionStates } from "./data";
import { useIntent } from "./intent";
import type { ActionRunner } from "./use-action";

interface ActionMenuProps {
  resource: ResourceMeta;
  row: Row;
  version?: string | null;
  runner: ActionRunner;
  onEdit?: () => void;
}

export function ActionMenu({ resource, row, version, runner, onEdit }: ActionMenuProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const states = useActionStates(resource, idOf(row));
  const actions = resource.actions.filter((action) => action.kind !== "create" && action.target === "one");

  const reasonFor = (action: ActionMeta): string | null => {
    if (!action.allowed) return t("actions.needs", { permission: action.permission });
    const state = states.data?.find((one) => one.name === action.name);
    return state && !state.allowed ? (state.reason ?? t("actions.notNow")) : null;
  };
  const start = (action: ActionMeta) => {
    if (action.kind === "update") onEdit?.();
    else runner.run(action, { kind: "one", row, version });
  };

  useIntent(resource.name, idOf(row), states.data !== undefined, (name) => {
    const action = actions.find((one) => one.name === name);
    if (action && reasonFor(action) === null) start(action);
  });
  if (actions.length === 0) return null;

  const shown = actions.filter((action) => action.kind !== "update" || onEdit);
  // What people come for most: editing, else the first thing that is allowed.
  const likely = shown.find((action) => action.risk !== "danger" && reasonFor(action) === null);
  const rest = shown.filter((action) => action !== likely);
  const calm = rest.filter((action) => action.risk !== "danger");
  const dangerous = rest.filter((action) => action.risk === "danger");

  const item = (action: ActionMeta) => {
    const reason = reasonFor(action);
    return (
      <Menu.Item
        key={action.name}
        leftSection={<Icon name={action.icon} />}
        c={action.risk === "danger" ? "var(--mantine-color-error)" : undefined}
        aria-disabled={reason !== null}
        data-disabled={reason !== null || undefined}
        closeMenuOnClick={reason === null}
        onClick={() => reason === null && start(action)}
      >
        {labels.action(resource.name, action)}
        {reason !== null && (
          <Text fz={12} c="dimmed" maw={240} style={{ whiteSpace: "normal" }}>
            {reason}
          </Text>
        )}
      </Menu.Item>
    );
  };

  return (
    <>
      {likely && (
        <Button
          variant="default"
          leftSection={<Icon name={likely.icon ?? (likely.kind === "update" ? "pencil" : null)} size={14} />}
          loading={runner.running === likely.name}
          onClick={() => start(likely)}
        >
          {labels.action(resource.name, likely)}
        </Button>
      )}
      {rest.length > 0 && (
        <Menu position="bottom-end" width={264}>
          <Menu.Target>
            <ActionIcon variant="default" size={32} aria-label={t("actions.more")}>
              {runner.running !== null ? <Loader size={14} /> : <Ellipsis size={16} aria-hidden />}
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {calm.map(item)}
            {calm.length > 0 && dangerous.length > 0 && <Menu.Divider />}
            {dangerous.map(item)}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}
