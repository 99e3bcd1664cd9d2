// How the work goes: what ended over time, and by kind how long it had waited and how long it ran.
import { Alert, Anchor, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { useAddress } from "~/kit/resource/address";
import { formatDateTime, formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { NullValue } from "~/primitives/null-value";
import { PageHeader } from "~/primitives/page-header";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NoPermission, NothingYet } from "~/primitives/states";
import { duration, type Statistics, useStatistics } from "./data";
import classes from "./work.module.css";

export function StatisticsPage() {
  const { t } = useTranslation();
  const can = useCan("queues:read");
  const address = useAddress();
  const window = address.get("window") === "day" ? "day" : "hour";
  if (!can) return <NoPermission permission="queues:read" />;
  return (
    <Stack gap={16} maw={1080}>
      <PageHeader
        title={t("work.statistics.title")}
        description={t("work.statistics.text")}
        actions={
          <SegmentedControl
            value={window}
            onChange={(next) => address.set({ window: next === "day" ? "day" : undefined })}
            data={[
              { value: "hour", label: t("work.statistics.hour") },
              { value: "day", label: t("work.statistics.day") },
            ]}
          />
        }
      />
      <Told key={window} window={window} />
    </Stack>
  );
}

function Told({ window }: { window: "hour" | "day" }) {
  const { t } = useTranslation();
  const statistics = useStatistics(window);
  if (statistics.isPending) return <ListSkeleton rows={8} columns={5} />;
  if (!statistics.data) {
    return <Failed problem={toProblem(statistics.error)} onRetry={() => void statistics.refetch()} />;
  }
  const { data } = statistics;
  if (data.steps.length === 0) {
    return <NothingYet title={t("work.statistics.emptyTitle")}>{t("work.statistics.emptyText")}</NothingYet>;
  }
  return (
    <>
      {data.capped && <Alert color="gray">{t("work.statistics.capped")}</Alert>}
      <Throughput data={data} />
      <Kinds data={data} />
    </>
  );
}

/** One bar for each step: what was done, and what failed on top of it. */
function Throughput({ data }: { data: Statistics }) {
  const { t } = useTranslation();
  const start = Math.floor(Date.parse(data.since) / 1000 / data.step) * data.step;
  const count = Math.round((data.step === 60 ? 3600 : 86_400) / data.step) + 1;
  const by = new Map(data.steps.map((step) => [Math.round(Date.parse(step.at) / 1000), step]));
  const bars = Array.from({ length: count }, (_, n) => ({
    ...by.get(start + n * data.step),
    at: start + n * data.step,
  }));
  const most = Math.max(...data.steps.map((step) => step.completed + step.discarded + step.cancelled), 1);
  const all = data.steps.reduce((sum, step) => sum + step.completed + step.discarded + step.cancelled, 0);
  const failed = data.steps.reduce((sum, step) => sum + step.discarded, 0);
  const say = t("work.statistics.chart", {
    all: formatNumber(all),
    failed: formatNumber(failed),
    most: formatNumber(most),
  });
  return (
    <figure className={classes.chart}>
      <figcaption>
        <Text fz={13}>{say}</Text>
      </figcaption>
      <svg viewBox={`0 0 ${count * 10} 100`} preserveAspectRatio="none" role="img" aria-label={say}>
        {bars.map(({ at, completed = 0, discarded = 0, cancelled = 0 }, n) => {
          const done = ((completed + cancelled) / most) * 96;
          const bad = (discarded / most) * 96;
          return (
            <g key={at}>
              <title>
                {formatDateTime(new Date(at * 1000))}: {formatNumber(completed)} · {formatNumber(discarded)}
              </title>
              <rect x={n * 10} y={0} width={10} height={100} className={classes.hover} />
              <rect x={n * 10 + 1} y={100 - done} width={8} height={done} className={classes.done} />
              <rect x={n * 10 + 1} y={100 - done - bad} width={8} height={bad} className={classes.bad} />
            </g>
          );
        })}
      </svg>
      <div className={classes.axis}>
        <span>{formatDateTime(new Date(start * 1000))}</span>
        <span>{formatDateTime(new Date((start + (count - 1) * data.step) * 1000))}</span>
      </div>
    </figure>
  );
}

function Kinds({ data }: { data: Statistics }) {
  const { t, i18n } = useTranslation();
  const time = (seconds: number | null) => duration(seconds, i18n.language) ?? <NullValue />;
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table highlightOnHover className={classes.kinds}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("work.statistics.kind")}</Table.Th>
            <Table.Th ta="right">{t("work.statistics.done")}</Table.Th>
            <Table.Th ta="right">{t("work.statistics.failed")}</Table.Th>
            {(["waited", "ran"] as const).flatMap((what) =>
              ["50", "95", "99"].map((p) => (
                <Table.Th key={`${what}${p}`} ta="right">
                  {t(`work.statistics.${what}`, { p })}
                </Table.Th>
              )),
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.kinds.map((kind) => (
            <Table.Tr key={kind.kind}>
              <Table.Td>
                <Anchor
                  fz={13}
                  renderRoot={(props) => <Link {...props} to="/admin/jobs" search={{ filter: byKind(kind.kind) }} />}
                >
                  {kind.kind}
                </Anchor>
              </Table.Td>
              <Table.Td ta="right">{formatNumber(kind.completed)}</Table.Td>
              <Table.Td ta="right" c={kind.discarded > 0 ? "var(--mantine-color-error)" : undefined}>
                {formatNumber(kind.discarded)}
              </Table.Td>
              <Table.Td ta="right">{time(kind.waited_p50)}</Table.Td>
              <Table.Td ta="right">{time(kind.waited_p95)}</Table.Td>
              <Table.Td ta="right">{time(kind.waited_p99)}</Table.Td>
              <Table.Td ta="right">{time(kind.ran_p50)}</Table.Td>
              <Table.Td ta="right">{time(kind.ran_p95)}</Table.Td>
              <Table.Td ta="right">{time(kind.ran_p99)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const byKind = (kind: string) =>
  toAddressText({ items: [{ kind: "condition", column: "kind", op: "eq", value: kind }] });
