/** The same field was changed by someone else: the three states side by side, to choose from. */
import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Merge } from "~/lib/merge";
import { CellValue } from "../cells/CellValue";
import type { Column } from "../model";
import classes from "./edit.module.css";

type Side = "mine" | "theirs";

interface ConflictDialogProps {
  columns: readonly Column[];
  merge: Merge;
  /** Which row it is about, when that isn't plain. */
  title?: string;
  onSettle: (choice: Record<string, Side>) => void;
  onClose: () => void;
}

export function ConflictDialog({ columns, merge, title, onSettle, onClose }: ConflictDialogProps) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<Record<string, Side>>({});
  const undecided = merge.both.some(({ field }) => choice[field] === undefined);
  const others = Object.keys(merge.apart);
  return (
    <Modal opened onClose={onClose} title={title ?? t("explorer.conflict.title")} size={680} zIndex={400}>
      <Stack gap={12}>
        <Text size="sm">{t("explorer.conflict.text", { count: merge.both.length })}</Text>
        {others.length > 0 && (
          <Text size="sm" c="dimmed">
            {t("explorer.conflict.apart", { fields: others.join(", ") })}
          </Text>
        )}
        {merge.both.map(({ field, base, mine, theirs }) => {
          const column = columns.find((c) => c.name === field);
          if (!column) return null;
          return (
            <section key={field} className={classes.conflict} aria-label={field}>
              <Group justify="space-between" mb={8}>
                <Text fw={600} size="sm">
                  {field}
                </Text>
                <SegmentedControl
                  size="xs"
                  aria-label={t("explorer.conflict.choose", { field })}
                  data={[
                    ...(choice[field] ? [] : [{ value: "", label: t("explorer.conflict.undecided") }]),
                    { value: "mine", label: t("explorer.conflict.useMine") },
                    { value: "theirs", label: t("explorer.conflict.useTheirs") },
                  ]}
                  value={choice[field] ?? ""}
                  onChange={(side) => side !== "" && setChoice({ ...choice, [field]: side as Side })}
                />
              </Group>
              <dl className={classes.sides}>
                {(["base", "mine", "theirs"] as const).map((side) => (
                  <div key={side} data-chosen={choice[field] === side || undefined}>
                    <dt>{t(`explorer.conflict.${side}`)}</dt>
                    <dd>
                      <CellValue value={{ base, mine, theirs }[side]} column={column} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" data-autofocus onClick={onClose}>
            {t("explorer.conflict.back")}
          </Button>
          <Button disabled={undecided} onClick={() => onSettle(choice)}>
            {t("explorer.conflict.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
