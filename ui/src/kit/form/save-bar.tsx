import { Button, Group, Kbd, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import type { Asked } from "~/kit/copy-as/copy-as";
import classes from "./save-bar.module.css";
import type { FormState } from "./use-form";

interface SaveBarProps {
  form: FormState;
  /** The verb on the button: "Save changes", "Create coupon". */
  verb: string;
  onSubmit: () => void;
  onCancel?: () => void;
  /** Creating may send untouched defaults; saving needs a change. */
  always?: boolean;
  /** What would be sent, to take along. */
  asked?: Asked;
}

/** Beside the verb on a button that Ctrl-S presses. */
export function SaveKey() {
  return <Kbd className={classes.kbd}>Ctrl S</Kbd>;
}

/** Stays in view at the end of a form. Ctrl-S (or Cmd-S) does what its button does. */
export function SaveBar({ form, verb, onSubmit, onCancel, always = false, asked }: SaveBarProps) {
  const { t } = useTranslation();
  const ready = always || form.dirty;
  useHotkeys([["mod+S", () => ready && onSubmit()]], [], true);
  const count = Object.keys(form.changed).length;
  return (
    <Group className={classes.bar} justify="space-between" gap={8}>
      <Text fz={12} c="dimmed" aria-live="polite">
        {!always && (form.dirty ? t("form.changes", { count }) : t("form.noChanges"))}
      </Text>
      <Group gap={8}>
        {asked && ready && <CopyAs asked={asked} quiet />}
        {onCancel && (
          <Button variant="default" onClick={onCancel} disabled={form.busy}>
            {t("primitives.cancel")}
          </Button>
        )}
        <Button type="submit" loading={form.busy} disabled={!ready} rightSection={<SaveKey />}>
          {verb}
        </Button>
      </Group>
    </Group>
  );
}
