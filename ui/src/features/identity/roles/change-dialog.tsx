// What saving a role means, before it is done: what its holders can do from then on and what no more, and who they are.
import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PermissionMeta } from "~/lib/meta";
import type { Difference } from "./patterns";

interface ChangeDialogProps {
  opened: boolean;
  busy: boolean;
  changes: Difference;
  permissions: PermissionMeta[];
  holders: number;
  /** Roles that extend this one and change with it. */
  heirs: string[];
  onCancel: () => void;
  onConfirm: () => void;
}

export function ChangeDialog({
  opened,
  busy,
  changes,
  permissions,
  holders,
  heirs,
  onCancel,
  onConfirm,
}: ChangeDialogProps) {
  const { t } = useTranslation();
  const nothing = changes.gained.length === 0 && changes.lost.length === 0;
  const words = (name: string) => permissions.find((one) => one.name === name)?.allows ?? name;
  const list = (title: string, names: string[], color: string) =>
    names.length > 0 && (
      <section>
        <Text fz={13} fw={600} c={color}>
          {title}
        </Text>
        <List fz={13} spacing={2} style={{ maxHeight: 220, overflow: "auto" }}>
          {names.map((name) => (
            <List.Item key={name}>
              {words(name)}{" "}
              <Text span c="dimmed" fz={12}>
                {name}
              </Text>
            </List.Item>
          ))}
        </List>
      </section>
    );
  return (
    <Modal opened={opened} onClose={onCancel} title={t("roles.changes.title")} size="md">
      <Stack gap={12}>
        {nothing && <Text fz={13}>{t("roles.changes.nothing")}</Text>}
        {list(
          t("roles.changes.gained", { count: changes.gained.length }),
          changes.gained,
          "var(--mantine-primary-color-light-color)",
        )}
        {list(t("roles.changes.lost", { count: changes.lost.length }), changes.lost, "var(--mantine-color-error)")}
        <Text fz={13} c="dimmed">
          {t("roles.changes.holders", { count: holders })}
          {heirs.length > 0 && ` ${t("roles.changes.heirs", { roles: heirs.join(", ") })}`}
        </Text>
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onCancel} disabled={busy}>
            {t("primitives.cancel")}
          </Button>
          <Button data-autofocus loading={busy} onClick={onConfirm}>
            {t("roles.changes.confirm")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
