import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  /** Beside the title: a count, a state. */
  aside?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, aside, description, actions }: PageHeaderProps) {
  return (
    <Group justify="space-between" align="flex-start" gap={12} wrap="wrap">
      <div style={{ minWidth: 0, flex: "1 1 240px" }}>
        <Group gap={8} align="center">
          <Title order={1} tabIndex={-1} data-page-title style={{ outline: "none" }}>
            {title}
          </Title>
          {aside}
        </Group>
        {description && (
          <Text c="dimmed" fz={13} mt={2}>
            {description}
          </Text>
        )}
      </div>
      {actions && <Group gap={8}>{actions}</Group>}
    </Group>
  );
}
