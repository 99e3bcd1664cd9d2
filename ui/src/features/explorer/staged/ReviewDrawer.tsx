/** Everything that is collected before it is sent: what is new, changed, taken away; each to be tried and taken back. */
import { Alert, Button, Drawer, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { referencesQuery } from "../data";
import { doomedKeys } from "../doomed";
import type { Table, TableRef } from "../model";
import { Effects } from "../row/Effects";
import { changedRows, doomedRows } from "./collected";
import { ChangedRow, DoomedRow, NewRow } from "./ReviewRows";
import { CommitButton } from "./StagedBar";
import classes from "./staged.module.css";
import type { StagedChanges } from "./useStaged";

interface ReviewDrawerProps {
  tableRef: TableRef;
  table: Table;
  changes: StagedChanges;
  /** Opens a new row in its form. */
  onOpen: (key: string) => void;
  onClose: () => void;
}

export function ReviewDrawer({ tableRef, table, changes, onOpen, onClose }: ReviewDrawerProps) {
  const { t } = useTranslation();
  const { stored, fresh } = changes.all;
  const { outcomes, counts } = changes;
  const changed = changedRows(stored);
  const doomed = doomedRows(stored);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={600}
      title={t("explorer.staged.reviewTitle", { table: table.name })}
      closeButtonProps={{ "aria-label": t("primitives.close") }}
      overlayProps={{ backgroundOpacity: 0.2 }}
      classNames={{ body: classes.review }}
    >
      {outcomes && (
        <Alert color="green" p={10} role="status">
          {t("explorer.staged.triedWell")}
        </Alert>
      )}
      {changes.refused && (
        <Alert color="red" p={10} role="alert">
          {t("explorer.staged.refused")}
        </Alert>
      )}
      <Part kind="new" count={fresh.size}>
        {[...fresh.values()].map((row) => (
          <NewRow key={row.key} row={row} table={table} changes={changes} onOpen={() => onOpen(row.key)} />
        ))}
      </Part>
      <Part kind="changed" count={changed.length}>
        {changed.map((row) => (
          <ChangedRow key={row.key} row={row} table={table} changes={changes} />
        ))}
      </Part>
      <Part kind="doomed" count={doomed.length} before={<Doomed tableRef={tableRef} table={table} changes={changes} />}>
        {doomed.map((row) => (
          <DoomedRow key={row.key} row={row} table={table} changes={changes} />
        ))}
      </Part>
      <Group justify="space-between" gap={8} className={classes.foot}>
        <Button size="xs" variant="subtle" color="gray" onClick={changes.clear}>
          {t("explorer.staged.discardAll")}
        </Button>
        <Group gap={8}>
          <span title={changes.blocked ?? t("explorer.staged.tryHelp")}>
            <Button
              size="xs"
              variant="default"
              leftSection={<FlaskConical size={14} aria-hidden />}
              loading={changes.trying}
              disabled={changes.blocked !== null || changes.committing}
              onClick={() => void changes.tryIt()}
            >
              {t("explorer.staged.try")}
            </Button>
          </span>
          <CommitButton changes={changes} count={counts.all} />
        </Group>
      </Group>
    </Drawer>
  );
}

interface PartProps {
  kind: "new" | "changed" | "doomed";
  count: number;
  before?: ReactNode;
  children: ReactNode;
}

function Part({ kind, count, before, children }: PartProps) {
  const { t } = useTranslation();
  if (count === 0) return null;
  const title = t(`explorer.staged.parts.${kind}`);
  return (
    <section aria-label={title} className={classes.part} data-kind={kind}>
      <h3 className={classes.partTitle}>
        {title} <span className={classes.partCount}>{count}</span>
      </h3>
      {before}
      <ol className={classes.rows}>{children}</ol>
    </section>
  );
}

/** What else goes with the rows that are deleted, or stands in the way; nobody has been asked yet. */
function Doomed({ tableRef, table, changes }: Pick<ReviewDrawerProps, "tableRef" | "table" | "changes">) {
  const { t } = useTranslation();
  const keys = doomedRows(changes.all.stored)
    .filter((row) => row.fate === "delete")
    .map((row) => row.key);
  const references = useQuery({
    ...referencesQuery(tableRef, doomedKeys(table, keys).filter),
    enabled: table.referenced_by.length > 0 && keys.length > 0,
    staleTime: 0,
  });
  if (references.isError)
    return (
      <Alert color="yellow" p={10}>
        {t("explorer.deleteUnknown")}
      </Alert>
    );
  return <Effects counts={references.data ?? []} />;
}
