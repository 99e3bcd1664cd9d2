/** What was run before, to be found and opened again. */
import { ActionIcon, Badge, Text, Tooltip } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { toastProblem } from "~/lib/toast";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import type { Mode, Outcome } from "./frames";
import classes from "./queries.module.css";
import { duration } from "./Results";
import type { Tab } from "./tabs";

interface QueryRun {
  id: string;
  sql: string;
  source: string;
  mode: Mode;
  outcome: Outcome | "running";
  rows: number | null;
  milliseconds: number | null;
  started_at: string;
}

interface PastRunsProps {
  search: string;
  onOpen: (tab: Partial<Tab>) => void;
}

const TONE: Record<QueryRun["outcome"], string> = { ok: "green", failed: "red", cancelled: "gray", running: "blue" };

const runsKey = ["query-runs", "console"];

export function PastRuns({ search, onOpen }: PastRunsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const may = useCan("query-runs:delete");
  const runs = useInfiniteQuery({
    queryKey: [...runsKey, search],
    queryFn: ({ pageParam, signal }) =>
      api.list<QueryRun>("/query-runs", {
        query: [
          ["order", "started_at.desc"],
          ["limit", "50"],
          ...(search === "" ? [] : [["search", search] as [string, string]]),
          ...(pageParam === "" ? [] : [["cursor", pageParam] as [string, string]]),
        ],
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const forget = async (id: string) => {
    try {
      await api.delete(`/query-runs/${id}`);
      await client.invalidateQueries({ queryKey: runsKey });
    } catch (error) {
      toastProblem(error);
    }
  };
  if (runs.isError) return <Failed problem={toProblem(runs.error)} onRetry={() => void runs.refetch()} />;
  if (!runs.data) return <ListSkeleton rows={8} columns={1} />;
  const rows = runs.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0)
    return (
      <NothingYet title={t(search === "" ? "explorer.sql.history.none" : "explorer.sql.history.retry")}>
        {search === "" && t("explorer.sql.history.noneText")}
      </NothingYet>
    );
  return (
    <div className={classes.list}>
      {rows.map((run) => (
        <div key={run.id} className={classes.item}>
          <button
            type="button"
            className={classes.open}
            title={t("explorer.sql.history.open")}
            onClick={() => onOpen({ text: run.sql })}
          >
            <code>{run.sql}</code>
            <span className={classes.facts}>
              <Badge size="xs" variant="light" color={TONE[run.outcome]}>
                {t(run.outcome === "running" ? "explorer.sql.running" : `explorer.sql.outcome.${run.outcome}`)}
              </Badge>
              <RelativeTime value={run.started_at} />
              <span>{run.source}</span>
              {run.mode !== "read" && (
                <Text span inherit c="orange">
                  {t(`explorer.sql.modes.${run.mode}`)}
                </Text>
              )}
              {run.rows !== null && (
                <span>{t("explorer.sql.rowsAre", { count: run.rows, shown: formatNumber(run.rows) })}</span>
              )}
              {run.milliseconds !== null && <span>{duration(run.milliseconds)}</span>}
            </span>
          </button>
          {may && (
            <Tooltip label={t("explorer.sql.history.forget")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={26}
                aria-label={t("explorer.sql.history.forget")}
                onClick={() => void forget(run.id)}
              >
                <Trash2 size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      ))}
      {runs.hasNextPage && (
        <SmallButton variant="default" onClick={() => void runs.fetchNextPage()}>
          {t("explorer.sql.history.older")}
        </SmallButton>
      )}
    </div>
  );
}
