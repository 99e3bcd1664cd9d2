/** One table: its rows or its structure, with everything in the address. */
import { Badge, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { DatabaseZap, Lock, Plus, TableProperties, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { UnsavedGuard } from "~/kit/form/unsaved-guard";
import { useAddress } from "~/kit/resource/address";
import { formatBytes, formatCount } from "~/lib/format";
import { type Problem, toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { useVisited } from "~/lib/visited";
import signs from "~/primitives/signs.module.css";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, StateBlock } from "~/primitives/states";
import { sourceLink, tablePath } from "../cells/foreign";
import { sourcesQuery, tableQuery } from "../data";
import { useUndo } from "../history/useUndo";
import type { Table, TableRef } from "../model";
import { type CollectedRow, InsertDrawer } from "../row/InsertDrawer";
import { SqlToRun } from "../SqlToRun";
import { useStaged } from "../staged/useStaged";
import { Structure } from "../structure/Structure";
import { TreeButton } from "../tree/TreeButton";
import { ViewAsButton } from "../ViewAs";
import { RowsTab } from "./RowsTab";
import classes from "./table.module.css";

export function TablePage({ tableRef }: { tableRef: TableRef }) {
  const table = useQuery(tableQuery(tableRef));
  const { schema, table: name } = tableRef;
  const gone = table.isError && toProblem(table.error).kind === "not-found";
  useVisited(gone ? null : table.data && (schema === "public" ? name : `${schema}.${name}`));
  if (table.data)
    return <LoadedTable tableRef={tableRef} table={table.data} problem={table.error && toProblem(table.error)} />;
  if (table.isError)
    return <TableProblem tableRef={tableRef} problem={toProblem(table.error)} onRetry={() => void table.refetch()} />;
  return <ListSkeleton rows={14} columns={6} />;
}

interface LoadedTableProps {
  tableRef: TableRef;
  table: Table;
  /** The latest attempt to read the structure again failed. */
  problem: Problem | null;
}

function LoadedTable({ tableRef, table, problem }: LoadedTableProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const navigate = useNavigate();
  const tab = address.get("tab") === "structure" ? "structure" : "rows";
  const [inserting, setInserting] = useState<{ key?: string | undefined } | null>(null);
  const undo = useUndo(tableRef, table);
  // Here, so that a look at the structure doesn't lose what is collected.
  const changes = useStaged(tableRef, table, undo);
  const collecting = (key: string | undefined): CollectedRow => ({
    row: key === undefined ? undefined : changes.all.fresh.get(key),
    onKeep: (drafts) => {
      changes.keep(drafts, key);
      setInserting(null);
      address.set({ tab: undefined }, true);
    },
    onDrop: () => {
      if (key !== undefined) changes.drop(key);
      setInserting(null);
    },
  });
  if (problem?.kind === "not-found") return <TableProblem tableRef={tableRef} problem={problem} />;
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div style={{ minWidth: 0 }}>
          <Group gap={8} wrap="nowrap">
            <TreeButton />
            <Text component="h1" fz={18} fw={600} m={0} className={classes.title} data-page-title tabIndex={-1}>
              <span>
                <span className={classes.schema}>{table.schema}.</span>
                {table.name}
              </span>
            </Text>
            {table.kind !== "table" && (
              <Badge variant="light" color="gray">
                {t(`explorer.kind.${table.kind}`)}
              </Badge>
            )}
            {table.panel && (
              <Badge variant="light" color="grape">
                {t("explorer.panelTable")}
              </Badge>
            )}
          </Group>
          <Facts table={table} />
        </div>
        <Group gap={8}>
          <Group gap={8} className={signs.signs}>
            <ViewAsButton source={tableRef.source} />
            <Button
              size="xs"
              variant="default"
              leftSection={<Users size={14} aria-hidden />}
              onClick={() => void navigate({ to: `${tablePath(tableRef)}/compare` })}
            >
              {t("places.compare.button")}
            </Button>
          </Group>
          <SegmentedControl
            size="xs"
            aria-label={t("explorer.view")}
            data={[
              { value: "rows", label: t("explorer.rows") },
              { value: "structure", label: t("explorer.structure") },
            ]}
            value={tab}
            onChange={(next) => address.set({ tab: next === "rows" ? undefined : next, row: undefined }, false)}
          />
          <Allowed permitted={table.insert}>
            <Button
              size="xs"
              leftSection={<Plus size={14} />}
              onClick={() => setInserting({})}
              disabled={!table.insert.allowed}
            >
              {t("explorer.insert")}
            </Button>
          </Allowed>
        </Group>
      </div>
      {tab === "structure" ? (
        <Structure tableRef={tableRef} table={table} />
      ) : (
        <RowsTab
          tableRef={tableRef}
          table={table}
          undo={undo}
          changes={changes}
          onInsert={(key) => setInserting({ key })}
        />
      )}
      {inserting && (
        <InsertDrawer
          tableRef={tableRef}
          table={table}
          collecting={changes.on || inserting.key !== undefined ? collecting(inserting.key) : undefined}
          onClose={() => setInserting(null)}
          onInserted={(key) => {
            setInserting(null);
            if (key !== undefined) address.set({ row: key, tab: undefined }, false);
          }}
          onChanged={undo.offer}
        />
      )}
      {undo.dialog}
      {changes.dialog}
      <UnsavedGuard dirty={changes.counts.all > 0} within />
    </div>
  );
}

function Facts({ table }: { table: Table }) {
  const { t } = useTranslation();
  return (
    <div className={classes.facts}>
      {table.comment && <span>{table.comment}</span>}
      {table.estimated_rows !== null && (
        <span>{t("explorer.rowCount", { rows: formatCount(Number(table.estimated_rows), true) })}</span>
      )}
      {table.size_bytes !== null && Number(table.size_bytes) > 0 && (
        <span>{formatBytes(Number(table.size_bytes))}</span>
      )}
      {table.parent && <span>{t("explorer.partitionOf", { table: table.parent })}</span>}
      {!table.update.allowed && table.update.reason && (
        <span>{t("explorer.readOnlyBecause", { reason: toldReason(table.update.reason) })}</span>
      )}
    </div>
  );
}

/** A disabled button says why when pointed at or focused. */
export function Allowed({
  permitted,
  children,
}: {
  permitted: { allowed: boolean; reason: string | null };
  children: ReactNode;
}) {
  if (permitted.allowed) return children;
  return <span title={toldReason(permitted.reason)}>{children}</span>;
}

function TableProblem({ tableRef, problem, onRetry }: { tableRef: TableRef; problem: Problem; onRetry?: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const sources = useQuery(sourcesQuery);
  const { source, schema, table } = tableRef;
  if (problem.kind === "not-found" || problem.kind === "gone") {
    const sourceGone = sources.data?.some((one) => one.name === source) === false;
    return (
      <StateBlock
        icon={<TableProperties size={20} aria-hidden />}
        title={t("explorer.dropped.title", { table: sourceGone ? source : `${schema}.${table}` })}
        action={
          <Button
            variant="default"
            onClick={() => void navigate(sourceGone ? { to: "/admin/tables" } : sourceLink(source))}
          >
            {t("explorer.dropped.back")}
          </Button>
        }
      >
        {t(sourceGone ? "explorer.dropped.source" : "explorer.dropped.text")}
      </StateBlock>
    );
  }
  if (problem.kind === "unavailable")
    return <SourceAway source={tableRef.source} problem={problem} onRetry={onRetry} />;
  if (problem.sql) return <Refused problem={problem} sql={problem.sql} />;
  return <Failed problem={problem} onRetry={onRetry} />;
}

/** The database doesn't let the role in whose place one is; somebody could change that. */
export function Refused({ problem, sql }: { problem: Problem; sql: string }) {
  const { t } = useTranslation();
  return (
    <StateBlock icon={<Lock size={20} aria-hidden />} title={t("explorer.refused")} role="alert">
      {problem.detail}
      <SqlToRun sql={sql} />
    </StateBlock>
  );
}

/** The database behind a source doesn't answer; the panel itself is well. */
export function SourceAway({ source, problem, onRetry }: { source: string; problem: Problem; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <StateBlock
      icon={<DatabaseZap size={20} aria-hidden />}
      title={t("explorer.away.title", { source })}
      role="alert"
      tone="bad"
      action={
        onRetry && (
          <Button variant="default" onClick={onRetry}>
            {t("states.retry")}
          </Button>
        )
      }
    >
      {problem.detail ?? t("explorer.away.text")}
    </StateBlock>
  );
}
