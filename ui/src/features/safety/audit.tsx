// The audit log: who did what to what, when and with which outcome; each row unfolds to its before → after.
import { Alert, Button, Group, Stack } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { FilterBar } from "~/kit/filter/FilterBar";
import type { AuditRow } from "~/kit/resource/audit-entry";
import { filterColumns } from "~/kit/resource/columns";
import { useRows } from "~/kit/resource/data";
import { ListFailed } from "~/kit/resource/list-failed";
import { useListState } from "~/kit/resource/use-list-state";
import { useLabels } from "~/lib/labels";
import { type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { PageHeader } from "~/primitives/page-header";
import { ListSkeleton } from "~/primitives/skeletons";
import { NoMatch, NoPermission, NothingYet, StaleNotice } from "~/primitives/states";
import classes from "./audit.module.css";
import { AuditLine } from "./audit-line";
import { ChainState } from "./chain-state";
import { ExportLog } from "./export-log";
import { QuickFilters } from "./quick-filters";

export function AuditLog() {
  const resource = resourceNamed(useMeta(), "audit");
  if (!resource?.can_read) return <NoPermission permission="audit:read" />;
  return <Log resource={resource} />;
}

function Log({ resource }: { resource: ResourceMeta }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const columns = useMemo(() => filterColumns(resource, labels), [resource, labels]);
  const state = useListState("at.desc", columns);
  const rows = useRows("audit", state.query);
  const entries = useMemo(() => (rows.data?.pages.flatMap((page) => page.rows) ?? []) as AuditRow[], [rows.data]);
  const open = state.address.get("row");
  const [problem, setProblem] = useState<string | null>(null);
  const only = (column: string, value: string) =>
    state.setFilter({ items: [{ kind: "condition", column, op: "eq", value }] });
  const searchable = resource.fields.some((field) => field.search);

  return (
    <Stack gap={12}>
      <PageHeader title={t("auditLog.title")} description={t("auditLog.text")} />
      <ChainState />
      <FilterBar
        columns={columns}
        value={state.filter}
        onChange={state.setFilter}
        search={state.search}
        onSearch={searchable ? state.setSearch : undefined}
        searchPlaceholder={t("auditLog.search")}
      />
      <Group justify="space-between" gap={8} align="flex-start">
        <QuickFilters value={state.filter} onChange={state.setFilter} columns={columns} />
        <ExportLog query={state.query} onProblem={setProblem} />
      </Group>
      {problem !== null && (
        <Alert color="red" p={10} role="alert" withCloseButton onClose={() => setProblem(null)}>
          {problem}
        </Alert>
      )}
      {rows.isRefetchError && <StaleNotice onRetry={() => void rows.refetch()} />}
      <div className={classes.frame}>
        {rows.isPending ? (
          <ListSkeleton rows={12} columns={4} />
        ) : rows.isError && entries.length === 0 ? (
          <ListFailed problem={toProblem(rows.error)} onRetry={() => void rows.refetch()} onClear={state.clear} />
        ) : entries.length === 0 ? (
          state.narrowed ? (
            <NoMatch onClear={state.clear} />
          ) : (
            <NothingYet title={t("auditLog.emptyTitle")}>{t("auditLog.emptyText")}</NothingYet>
          )
        ) : (
          <>
            <div className={classes.head} aria-hidden="true">
              <span />
              <span>{t("auditLog.when")}</span>
              <span>{t("auditLog.who")}</span>
              <span>{t("auditLog.what")}</span>
              <span>{t("auditLog.target")}</span>
              <span>{t("auditLog.outcome")}</span>
            </div>
            <ul className={classes.list} aria-label={t("auditLog.title")}>
              {entries.map((entry) => (
                <AuditLine
                  key={entry.id}
                  entry={entry}
                  open={entry.id === open}
                  onOnly={only}
                  onToggle={() => state.address.set({ row: entry.id === open ? undefined : entry.id })}
                />
              ))}
            </ul>
          </>
        )}
      </div>
      {rows.hasNextPage && (
        <Button variant="default" onClick={() => void rows.fetchNextPage()} loading={rows.isFetchingNextPage}>
          {t("audit.older")}
        </Button>
      )}
    </Stack>
  );
}
