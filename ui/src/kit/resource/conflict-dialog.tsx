// Someone else changed the same fields meanwhile: shows the three states side by side and lets the person choose per field.
import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldValue } from "~/kit/fields";
import { useLabels } from "~/lib/labels";
import { type Merge, settle } from "~/lib/merge";
import type { FieldMeta } from "~/lib/meta";
import classes from "./conflict-dialog.module.css";

interface ConflictDialogProps {
  scope: string;
  fields: readonly FieldMeta[];
  merge: Merge;
  /** The values to send on top of the newer version; empty when theirs is kept everywhere. */
  onSettle: (values: Record<string, unknown>) => void;
  onClose: () => void;
}

type Side = "mine" | "theirs";

export function ConflictDialog({ scope, fields, merge, onSettle, onClose }: ConflictDialogProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const [choice, setChoice] = useState<Record<string, Side>>({});
  const undecided = merge.both.filter(({ field }) => choice[field] === undefined);
  const all = (side: Side) => setChoice(Object.fromEntries(merge.both.map(({ field }) => [field, side])));
  const apart = Object.keys(merge.apart).length;

  return (
    <Modal opened onClose={onClose} title={t("conflict.title")} size={640}>
      <Stack gap={16}>
        <Text fz={13}>{t("conflict.text", { count: merge.both.length })}</Text>
        {apart > 0 && (
          <Text fz={13} c="dimmed">
            {t("conflict.apart", { count: apart })}
          </Text>
        )}
        {merge.both.map(({ field, base, mine, theirs }) => {
          const meta = fields.find((one) => one.name === field);
          if (!meta) return null;
          const label = labels.field(scope, meta);
          const cell = (value: unknown) => <FieldValue field={meta} scope={scope} value={value} dense />;
          return (
            <section key={field} className={classes.field} aria-label={label}>
              <Group justify="space-between" gap={8} mb={8}>
                <Text fw={600} fz={13}>
                  {label}
                </Text>
                <SegmentedControl
                  size="xs"
                  aria-label={t("conflict.choose", { field: label })}
                  data={[
                    ...(choice[field] === undefined ? [{ value: "", label: t("conflict.undecided") }] : []),
                    { value: "mine", label: t("conflict.mine") },
                    { value: "theirs", label: t("conflict.theirs") },
                  ]}
                  value={choice[field] ?? ""}
                  onChange={(side) => side !== "" && setChoice((before) => ({ ...before, [field]: side as Side }))}
                />
              </Group>
              <dl className={classes.sides}>
                <div>
                  <dt>{t("conflict.base")}</dt>
                  <dd>{cell(base)}</dd>
                </div>
                <div data-chosen={choice[field] === "mine" || undefined}>
                  <dt>{t("conflict.yours")}</dt>
                  <dd>{cell(mine)}</dd>
                </div>
                <div data-chosen={choice[field] === "theirs" || undefined}>
                  <dt>{t("conflict.stored")}</dt>
                  <dd>{cell(theirs)}</dd>
                </div>
              </dl>
            </section>
          );
        })}
        <Group justify="space-between" gap={8}>
          <Group gap={8}>
            <Button variant="subtle" size="xs" onClick={() => all("mine")}>
              {t("conflict.keepAllMine")}
            </Button>
            <Button variant="subtle" size="xs" onClick={() => all("theirs")}>
              {t("conflict.takeAllTheirs")}
            </Button>
          </Group>
          <Group gap={8}>
            <Button variant="default" data-autofocus onClick={onClose}>
              {t("conflict.back")}
            </Button>
            <Button disabled={undecided.length > 0} onClick={() => onSettle(settle(merge, choice))}>
              {t("conflict.save")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
