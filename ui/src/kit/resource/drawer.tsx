// One row beside its list, with an address of its own (`?row=<id>`): the list stays where it was.
import { ActionIcon, Drawer, Group, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronUp, Maximize2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ResourceMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { type ObjectTab, ObjectView } from "./object-view";

interface RowDrawerProps {
  resource: ResourceMeta;
  id: string | undefined;
  /** Ids of the loaded rows, for stepping to the neighbours. */
  ids: readonly string[];
  onOpen: (id: string | undefined) => void;
}

export function RowDrawer({ resource, id, ids, onOpen }: RowDrawerProps) {
  const { t } = useTranslation();
  const { base } = useSurface();
  const [tab, setTab] = useState<ObjectTab>("overview");
  const [editing, setEditing] = useState(false);
  const at = id === undefined ? -1 : ids.indexOf(id);
  const before = at > 0 ? ids[at - 1] : undefined;
  const after = at >= 0 ? ids[at + 1] : undefined;
  const go = (next: string | undefined) => {
    setEditing(false);
    onOpen(next);
  };
  const step = (label: string, target: string | undefined, icon: React.ReactNode) => (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        aria-label={label}
        disabled={target === undefined}
        onClick={() => go(target)}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );

  return (
    <Drawer.Root
      opened={id !== undefined}
      onClose={() => go(undefined)}
      position="right"
      size={560}
      keepMounted={false}
    >
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content aria-label={t("object.drawer")}>
        <Group
          justify="space-between"
          px={16}
          py={8}
          tabIndex={-1}
          data-autofocus
          style={{ borderBottom: "1px solid var(--qd-border)", outline: "none" }}
        >
          <Group gap={4}>
            {step(t("object.previous"), before, <ChevronUp size={16} aria-hidden />)}
            {step(t("object.next"), after, <ChevronDown size={16} aria-hidden />)}
            {id !== undefined && (
              <Tooltip label={t("object.openPage")}>
                <ActionIcon
                  component={Link}
                  to={`${base}/${resource.name}/${encodeURIComponent(id)}`}
                  variant="subtle"
                  color="gray"
                  size={28}
                  aria-label={t("object.openPage")}
                >
                  <Maximize2 size={14} aria-hidden />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
          <Drawer.CloseButton aria-label={t("primitives.close")} />
        </Group>
        <Drawer.Body p={20} pb={0}>
          {id !== undefined && (
            <ObjectView
              key={id}
              resource={resource}
              id={id}
              tab={tab}
              onTab={setTab}
              editing={editing}
              onEditing={setEditing}
              onGone={() => go(undefined)}
              level={2}
            />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
