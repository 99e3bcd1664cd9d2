// One job: how far it is, every attempt with what it said, what caused it and what it does again.
import { Anchor, Code, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { objectQuery } from "~/kit/resource/data";
import { DetailPage } from "~/kit/resource/detail-page";
import { type ResourceMeta, type Row, resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { RelativeTime } from "~/primitives/relative-time";
import { Failed, NotFound } from "~/primitives/states";
import { StatusBadge } from "~/primitives/status-badge";
import { type Attempt, duration, EVERY, useAttempts, useKinds } from "./data";
import classes from "./work.module.css";

export function JobPage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), "jobs");
  if (!resource) return <NotFound />;
  return <DetailPage resource={resource} id={id} summary={<Summary resource={resource} id={id} />} />;
}

const ENDED = ["completed", "cancelled", "discarded"];

function Summary({ resource, id }: { resource: ResourceMeta; id: string }) {
  const { t } = useTranslation();
  const { base } = useSurface();
  const kinds = useKinds();
  const known = useQuery({ ...objectQuery(resource, id), enabled: false });
  const row: Row | undefined = known.data?.row;
  const going = row !== undefined && !ENDED.includes(String(row.state));
  // What goes on is read again until it has ended.
  useQuery({ ...objectQuery(resource, id), refetchInterval: going ? EVERY : false });
  const attempts = useAttempts(id, going ? EVERY : false);
  if (!row) return null;
  const kind = kinds.data?.find((one) => one.kind === row.kind);
  const request = toAddressText({
    items: [{ kind: "condition", column: "request_id", op: "eq", value: String(row.request_id) }],
  });
  const children = toAddressText({ items: [{ kind: "condition", column: "parent_id", op: "eq", value: id }] });
  return (
    <Stack gap={16} mb={16} mt={12}>
      {kinds.data && <Text fz={13}>{kind ? kind.description : t("work.unknownKind", { kind: row.kind })}</Text>}
      {row.state === "running" && typeof row.progress === "number" && (
        <div>
          <Progress value={row.progress} aria-label={t("work.progress")} />
          <Text fz={12} c="dimmed" mt={4}>
            {row.progress} % {String(row.message ?? "")}
          </Text>
        </div>
      )}
      {typeof row.error === "string" && <Code block>{row.error}</Code>}
      <Group gap={16}>
        <Anchor fz={13} renderRoot={(props) => <Link {...props} to={`${base}/audit`} search={{ filter: request }} />}>
          {t("work.cause")}
        </Anchor>
        <Anchor fz={13} renderRoot={(props) => <Link {...props} to={`${base}/jobs`} search={{ filter: request }} />}>
          {t("work.sameCause")}
        </Anchor>
        <Anchor fz={13} renderRoot={(props) => <Link {...props} to={`${base}/jobs`} search={{ filter: children }} />}>
          {t("work.children")}
        </Anchor>
        {typeof row.parent_id === "string" && (
          <Anchor fz={13} renderRoot={(props) => <Link {...props} to={`${base}/jobs/${row.parent_id}`} />}>
            {t("work.parent")}
          </Anchor>
        )}
      </Group>
      <section aria-label={t("work.attempts")}>
        <Title order={2} size="h4" mb={8}>
          {t("work.attempts")}
        </Title>
        {attempts.isError ? (
          <Failed problem={toProblem(attempts.error)} onRetry={() => void attempts.refetch()} />
        ) : attempts.data?.length === 0 ? (
          <Text fz={13} c="dimmed">
            {t(row.state === "running" ? "work.firstRuns" : "work.noAttempts")}
          </Text>
        ) : (
          <ol className={classes.attempts}>
            {attempts.data?.map((attempt) => (
              <Tried key={`${attempt.attempt}-${attempt.ended_at}`} attempt={attempt} />
            ))}
          </ol>
        )}
      </section>
    </Stack>
  );
}

const COLORS = { completed: "green", failed: "yellow", discarded: "red", cancelled: "gray", lost: "red" } as const;

function Tried({ attempt }: { attempt: Attempt }) {
  const { t, i18n } = useTranslation();
  const ran = attempt.started_at ? (Date.parse(attempt.ended_at) - Date.parse(attempt.started_at)) / 1000 : null;
  return (
    <li className={classes.attempt}>
      <Group gap={8}>
        <strong>{t("work.attempt", { number: attempt.attempt })}</strong>
        <StatusBadge color={COLORS[attempt.outcome]}>{t(`work.outcomes.${attempt.outcome}`)}</StatusBadge>
        <Text fz={12} c="dimmed" component="span">
          <RelativeTime value={attempt.ended_at} />
          {ran !== null && ` · ${t("work.ran", { time: duration(ran, i18n.language) })}`}
          {attempt.worker && ` · ${attempt.worker}`}
        </Text>
      </Group>
      {attempt.error && <Code block>{attempt.error}</Code>}
      {(attempt.log ?? []).length > 0 && (
        <pre className={classes.log}>
          {attempt.log.map((line) => `${line.at.slice(11, 23)}  ${line.line}`).join("\n")}
        </pre>
      )}
    </li>
  );
}
