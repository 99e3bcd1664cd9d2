import { Group, Kbd, Modal, Stack, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useKeyboardShortcuts } from "~/lib/preferences";
import type { NavGroup } from "./navigation";
import classes from "./shortcuts.module.css";

interface ShortcutsProps {
  opened: boolean;
  onClose: () => void;
  groups: NavGroup[];
}

const ANYWHERE = [
  [["Ctrl", "K"], "palette"],
  [["/"], "search"],
  [["?"], "sheet"],
  [["Ctrl", "S"], "save"],
  [["Esc"], "close"],
] as const;

const LISTS = [
  [["J"], "down"],
  [["K"], "up"],
  [["X"], "select"],
  [["Enter"], "open"],
  [["E"], "edit"],
] as const;

/** Every key the panel listens to, on one sheet. */
export function ShortcutSheet({ opened, onClose, groups }: ShortcutsProps) {
  const { t } = useTranslation();
  const [keyboard, setKeyboard] = useKeyboardShortcuts();
  const items = groups.flatMap((group) => group.items).filter((item) => item.letter);
  return (
    <Modal opened={opened} onClose={onClose} title={t("shell.shortcuts")} size={640}>
      <Stack gap={20}>
        <Switch
          label={t("keys.enabled")}
          description={t("keys.enabledHelp")}
          checked={keyboard}
          onChange={(event) => setKeyboard(event.currentTarget.checked)}
        />
        <div className={classes.columns} data-off={!keyboard || undefined}>
          <Section
            title={t("keys.anywhere")}
            rows={ANYWHERE.map(([keys, name]) => ({ keys, label: t(`keys.${name}`) }))}
          />
          <Section title={t("keys.lists")} rows={LISTS.map(([keys, name]) => ({ keys, label: t(`keys.${name}`) }))} />
          <Section
            title={t("keys.go")}
            rows={items.map((item) => ({ keys: ["G", (item.letter ?? "").toUpperCase()], label: item.label }))}
          />
        </div>
      </Stack>
    </Modal>
  );
}

function Section({ title, rows }: { title: string; rows: { keys: readonly string[]; label: string }[] }) {
  return (
    <section className={classes.section}>
      <Text fz={12} c="dimmed" fw={500} mb={4}>
        {title}
      </Text>
      <dl className={classes.list}>
        {rows.map((row) => (
          <div key={row.label} className={classes.row}>
            <dt>{row.label}</dt>
            <dd>
              <Group gap={4} wrap="nowrap">
                {row.keys.map((key) => (
                  <Kbd key={key} fz={11}>
                    {key}
                  </Kbd>
                ))}
              </Group>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
