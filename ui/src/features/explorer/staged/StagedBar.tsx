/** How much is collected, and what to do with it: look at it, send it, or give it up. */
import { Button, Switch, Text } from "@mantine/core";
import { Check, ListChecks } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toldReason } from "~/lib/refusals/told";
import type { Table, TableRef } from "../model";
import { ReviewDrawer } from "./ReviewDrawer";
import classes from "./staged.module.css";
import type { StagedChanges } from "./useStaged";
import { inWords } from "./words";

interface StagedBarProps {
  tableRef: TableRef;
  table: Table;
  changes: StagedChanges;
  /** Opens a new row in its form. */
  onOpen: (key: string) => void;
}

export function StagedBar({ tableRef, table, changes, onOpen }: StagedBarProps) {
  const { t } = useTranslation();
  const [reviewing, setReviewing] = useState(false);
  const { counts } = changes;
  if (!changes.on && counts.all === 0) return null;
  return (
    <section className={classes.bar} aria-label={t("explorer.staged.label")}>
      <Text fz={13} fw={500} role="status" className={classes.what}>
        {counts.all === 0 ? t("explorer.staged.none") : inWords(counts, t)}
      </Text>
      {counts.all > 0 && (
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
          {/* Rows that go may take others along: what, the review says. */}
          <CommitButton
            changes={changes}
            count={counts.all}
            first={counts.doomed > 0 ? () => setReviewing(true) : undefined}
          />
        </div>
      )}
      {reviewing && counts.all > 0 && (
        <ReviewDrawer
          tableRef={tableRef}
          table={table}
          changes={changes}
          onOpen={onOpen}
          onClose={() => setReviewing(false)}
        />
      )}
    </section>
  );
}

interface CommitButtonProps {
  changes: StagedChanges;
  count: number;
  /** What is done instead, where somebody should have looked before. */
  first?: (() => void) | undefined;
}

export function CommitButton({ changes, count, first }: CommitButtonProps) {
  const { t } = useTranslation();
  return (
    <span title={changes.blocked ?? undefined}>
      <Button
        size="xs"
        leftSection={<Check size={14} aria-hidden />}
        loading={changes.committing}
        disabled={changes.blocked !== null || changes.trying}
        onClick={first ?? (() => void changes.commit())}
      >
        {t(first ? "explorer.staged.commitAsks" : "explorer.staged.commit", { count })}
      </Button>
    </span>
  );
}

/** Whether what is done to rows is collected. */
export function StagedSwitch({ changes, table }: { changes: StagedChanges; table: Table }) {
  const { t } = useTranslation();
  return (
    <span className={classes.switch} title={toldReason(table.update.reason) ?? t("explorer.staged.switchHelp")}>
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
