/** What happened to one row: who changed it, when, each field before and after; and a way back. */
import { Button, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import { ValueDiff } from "~/primitives/value-diff";
import { CellValue } from "../cells/CellValue";
import type { Table, TableRef } from "../model";
import { type HistoryEntry, historyQuery } from "./data";
import classes from "./history.module.css";
import type { Undo } from "./useUndo";

interface HistoryProps {
  tableRef: TableRef;
  table: Table;
  rowKey: string;
  undo: Undo;
}

export function History({ tableRef, table, rowKey, undo }: HistoryProps) {
  const { t } = useTranslation();
  const history = useInfiniteQuery(historyQuery(tableRef, table, rowKey));
  if (history.isPending) return <ListSkeleton rows={4} columns={2} />;
  if (history.isError) return <Failed problem={toProblem(history.error)} onRetry={() => void history.refetch()} />;
  const entries = history.data.pages.flatMap((page) => page.entries);
  if (entries.length === 0)
    return <NothingYet title={t("explorer.history.none")}>{t("explorer.history.noneText")}</NothingYet>;
  return (
    <ol className={classes.list}>
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} table={table} undo={undo} />
      ))}
      {history.hasNextPage && (
        <Button
          variant="subtle"
          size="xs"
          loading={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {t("explorer.history.older")}
        </Button>
      )}
    </ol>
  );
}

function Entry({ entry, table, undo }: { entry: HistoryEntry; table: Table; undo: Undo }) {
  const { t } = useTranslation();
  const [undoing, setUndoing] = useState(false);
  const who = entry.subject_label
    ? t("audit.asSubject", { actor: entry.actor_label, subject: entry.subject_label })
    : entry.actor_label;
  const run = () => {
    setUndoing(true);
    void undo.undo(entry.id, true).finally(() => setUndoing(false));
  };
  return (
    <li className={classes.entry}>
      <div className={classes.head}>
        <div className={classes.words}>
          <Text span fw={600} fz="inherit">
            {t(`explorer.history.did.${entry.action.split(".")[1] ?? ""}`)}
          </Text>{" "}
          <Text span c="dimmed" fz="inherit">
            {t("audit.by")} {who}
          </Text>
          <div className={classes.when}>
            <RelativeTime value={entry.at} />
            {entry.detail?.startsWith("undo of ") && ` · ${t("explorer.history.wasUndo")}`}
          </div>
        </div>
        <span title={toldReason(entry.undo.reason)}>
          <SmallButton
            variant="default"
            leftSection={<Undo2 size={13} aria-hidden />}
            disabled={!entry.undo.allowed}
            loading={undoing}
            onClick={run}
          >
            {t("explorer.history.undo")}
          </SmallButton>
        </span>
      </div>
      {entry.fields.length > 0 && <Changes entry={entry} table={table} />}
    </li>
  );
}

function Changes({ entry, table }: { entry: HistoryEntry; table: Table }) {
  const changes = entry.fields.map(({ field, before, after }) => {
    const column = table.columns.find((one) => one.name === field);
    const cell = (value: unknown) => (column ? <CellValue value={value} column={column} /> : null);
    // A row that was made or deleted has one side only.
    return {
      key: field,
      label: field,
      before: entry.action === "rows.create" ? null : cell(before),
      after: entry.action === "rows.delete" ? null : cell(after),
    };
  });
  return <ValueDiff changes={changes} />;
}
