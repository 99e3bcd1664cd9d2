import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./page-header.module.css";

interface PageHeaderProps {
  title: ReactNode;
  /** Beside the title: a count, a state. */
  aside?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, aside, description, actions }: PageHeaderProps) {
  return (
    <div className={classes.header}>
      <Group gap={8} align="center" className={classes.title}>
        <Title order={1} tabIndex={-1} data-page-title style={{ outline: "none" }}>
          {title}
        </Title>
        {aside}
      </Group>
      {actions && <div className={classes.actions}>{actions}</div>}
      {description && (
        <Text c="dimmed" fz={13} className={classes.description}>
          {description}
        </Text>
      )}
    </div>
  );
}
