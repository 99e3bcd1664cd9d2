/** How many changes are collected, and what to do with them: look at them, send them, or give them up. */
import { Button, Switch, Text } from "@mantine/core";
import { Check, ListChecks } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Table } from "../model";
import { ReviewDrawer } from "./ReviewDrawer";
import classes from "./staged.module.css";
import type { StagedChanges } from "./useStaged";

export function StagedBar({ changes, table }: { changes: StagedChanges; table: Table }) {
  const { t } = useTranslation();
  const [reviewing, setReviewing] = useState(false);
  if (!changes.on && changes.count === 0) return null;
  return (
    <section className={classes.bar} aria-label={t("explorer.staged.label")}>
      <Text fz={13} fw={500} role="status" className={classes.what}>
        {changes.count === 0
          ? t("explorer.staged.none")
          : t("explorer.staged.count", {
              count: changes.count,
              rows: t("explorer.staged.rows", { count: changes.staged.size }),
            })}
      </Text>
      {changes.count > 0 && (
        <div className={classes.actions}>
          <Button size="xs" variant="subtle" color="gray" onClick={changes.clear}>
            {t("explorer.staged.discardAll")}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<ListChecks size={14} aria-hidden />}
            onClick={() => setReviewing(true)}
          >
            {t("explorer.staged.review")}
          </Button>
          <CommitButton changes={changes} />
        </div>
      )}
      {reviewing && changes.count > 0 && (
        <ReviewDrawer changes={changes} table={table} onClose={() => setReviewing(false)} />
      )}
    </section>
  );
}

export function CommitButton({ changes }: { changes: StagedChanges }) {
  const { t } = useTranslation();
  return (
    <span title={changes.blocked ?? undefined}>
      <Button
        size="xs"
        leftSection={<Check size={14} aria-hidden />}
        loading={changes.committing}
        disabled={changes.blocked !== null}
        onClick={() => void changes.commit()}
      >
        {t("explorer.staged.commit", { count: changes.count })}
      </Button>
    </span>
  );
}

/** Whether further edits are collected. */
export function StagedSwitch({ changes, table }: { changes: StagedChanges; table: Table }) {
  const { t } = useTranslation();
  return (
    <span className={classes.switch} title={table.update.reason ?? t("explorer.staged.switchHelp")}>
      <Switch
        size="xs"
        label={t("explorer.staged.switch")}
        checked={changes.on}
        disabled={!table.update.allowed}
        onChange={(e) => changes.setOn(e.currentTarget.checked)}
      />
    </span>
  );
}
