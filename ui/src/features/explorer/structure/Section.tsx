/** A part of the structure: its heading, what can be added to it, and a line for each thing with its menu. */
import { ActionIcon, Button, Table as Grid, Menu, Text } from "@mantine/core";
import { MoreHorizontal, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { toldReason } from "~/lib/refusals/told";
import type { Permitted } from "../model";
import classes from "./structure.module.css";

interface SectionProps {
  title: string;
  head: string[];
  add?: ReactNode;
  /** Whether lines end with a menu. */
  menu?: boolean;
  children: ReactNode;
}

export function Section({ title, head, add, menu = false, children }: SectionProps) {
  const { t } = useTranslation();
  const empty = Array.isArray(children) ? children.flat().filter(Boolean).length === 0 : !children;
  return (
    <section className={classes.section}>
      <div className={classes.headline}>
        <h2 className={classes.heading}>{title}</h2>
        {add}
      </div>
      {empty ? (
        <Text size="sm" c="dimmed">
          {t("explorer.none")}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label={title}>
          <Grid verticalSpacing={6} horizontalSpacing={12} fz={13}>
            <Grid.Thead>
              <Grid.Tr>
                {head.map((name) => (
                  <Grid.Th key={name}>{t(`explorer.head.${name}`)}</Grid.Th>
                ))}
                {menu && <Grid.Th w={40} aria-label={t("explorer.schema.actions")} />}
              </Grid.Tr>
            </Grid.Thead>
            <Grid.Tbody>{children}</Grid.Tbody>
          </Grid>
        </section>
      )}
    </section>
  );
}

export function Add({ may, label, onAdd }: { may: Permitted; label: string; onAdd: () => void }) {
  return (
    <Button
      size="compact-xs"
      variant={may.allowed ? "subtle" : "transparent"}
      leftSection={<Plus size={13} />}
      disabled={!may.allowed}
      title={toldReason(may.reason)}
      onClick={onAdd}
    >
      {label}
    </Button>
  );
}

export interface MenuItem {
  label: string;
  danger?: boolean;
  act: () => void;
}

export function RowMenu({ may, name, items }: { may: Permitted; name: string; items: readonly MenuItem[] }) {
  const { t } = useTranslation();
  return (
    <Grid.Td p={0} w={40}>
      {items.length > 0 && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("explorer.schema.more", { name })}
              disabled={!may.allowed}
              title={toldReason(may.reason)}
            >
              <MoreHorizontal size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {items.map((item) => (
              <Menu.Item key={item.label} color={item.danger ? "red" : undefined} onClick={item.act}>
                {item.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Grid.Td>
  );
}
