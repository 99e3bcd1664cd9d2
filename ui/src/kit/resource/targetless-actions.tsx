// Verbs of a resource that need no object, such as "Invite": buttons at the top of its list.
import { Button, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import { actionOf, type ResourceMeta } from "~/lib/meta";
import { Icon } from "~/primitives/icon";
import { useIntent } from "./intent";
import type { ActionRunner } from "./use-action";

export function TargetlessActions({ resource, runner }: { resource: ResourceMeta; runner: ActionRunner }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const verbs = resource.actions.filter((action) => action.kind === "verb" && action.target === "none");
  const primary = actionOf(resource, "create") === undefined;
  useIntent(resource.name, null, true, (name) => {
    const action = verbs.find((one) => one.name === name && one.allowed);
    if (action) runner.run(action, { kind: "none" });
  });
  return (
    <>
      {verbs.map((action, at) => (
        <Tooltip
          key={action.name}
          label={t("actions.needs", { permission: action.permission })}
          disabled={action.allowed}
        >
          <Button
            variant={primary && at === 0 && action.risk !== "danger" ? "filled" : "default"}
            c={action.risk === "danger" && action.allowed ? "var(--mantine-color-error)" : undefined}
            leftSection={<Icon name={action.icon} size={14} />}
            data-disabled={!action.allowed || undefined}
            aria-disabled={!action.allowed}
            loading={runner.running === action.name}
            onClick={() => action.allowed && runner.run(action, { kind: "none" })}
          >
            {labels.action(resource.name, action)}
          </Button>
        </Tooltip>
      ))}
    </>
  );
}
