// From where and when people get in, and what happens to those who guess: all of it on one page, in plain words.
import { Alert, Button, Container, Group, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MapPin, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { actionOf, idOf, type ResourceMeta, type Row, resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { PageHeader } from "~/primitives/page-header";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import classes from "./security.module.css";

interface Security {
  address: string | null;
  networks: string[];
}

/** More than these are looked at in their own list. */
const SHOWN = 20;

export function SecurityPage() {
  const { t } = useTranslation();
  const meta = useMeta();
  const security = useQuery({
    queryKey: ["security"],
    queryFn: async ({ signal }) => (await api.get<Security>("/identity/security", { signal })).data,
  });
  const networks = resourceNamed(meta, "restrictions");
  const hours = resourceNamed(meta, "hours");
  return (
    <Container size={720} p={0} m={0}>
      <Stack gap={32}>
        <PageHeader title={t("security.title")} description={t("security.text")} />
        {security.isPending ? (
          <FormSkeleton fields={4} />
        ) : security.isError ? (
          <Failed problem={toProblem(security.error)} onRetry={() => void security.refetch()} />
        ) : (
          <>
            <Where address={security.data.address} restricted={security.data.networks.length > 0} />
            {networks && (
              <Section
                resource={networks}
                query="organization_id=is.null&order=created_at.desc"
                title={t("security.from")}
                text={t("security.fromText")}
                none={t("security.fromNone")}
                add={t("security.allow")}
                line={(row) => (
                  <>
                    <code>{String(row.network)}</code>
                    <Text span fz={13} c="dimmed">
                      {typeof row.note === "string" ? row.note : ""}
                    </Text>
                  </>
                )}
              />
            )}
            {hours && (
              <Section
                resource={hours}
                query="order=created_at.desc"
                title={t("security.hours")}
                text={t("security.hoursText")}
                none={t("security.hoursNone")}
                add={t("security.limit")}
                line={(row) => (
                  <>
                    <span>{String(row.summary)}</span>
                    <Text span fz={13} c="dimmed">
                      {weekdays(row, t)} · {String(row.time_zone)}
                      {row.every_request === true && ` · ${t("security.everyRequest")}`}
                    </Text>
                  </>
                )}
              />
            )}
            <Words title={t("security.guessing")} lines={t("security.guessingLines", { returnObjects: true })} />
            <Words title={t("security.back")} lines={t("security.backLines", { returnObjects: true })} />
          </>
        )}
      </Stack>
    </Container>
  );
}

function weekdays(row: Row, t: (key: string) => string): string {
  return (Array.isArray(row.weekdays) ? row.weekdays : []).map((day) => t(`security.days.${String(day)}`)).join(", ");
}

/** The address that everything on this page is measured by; wrong behind a proxy that nobody named. */
function Where({ address, restricted }: { address: string | null; restricted: boolean }) {
  const { t } = useTranslation();
  return (
    <Alert
      variant="light"
      color={address === null && restricted ? "yellow" : "blue"}
      icon={address === null ? <TriangleAlert size={16} aria-hidden /> : <MapPin size={16} aria-hidden />}
      title={address === null ? t("security.nowhere") : t("security.here", { address })}
    >
      {t("security.hereText")}
    </Alert>
  );
}

interface SectionProps {
  resource: ResourceMeta;
  query: string;
  title: string;
  text: string;
  none: string;
  add: string;
  line: (row: Row) => ReactNode;
}

export function Section({ resource, query, title, text, none, add, line }: SectionProps) {
  const { t } = useTranslation();
  const { base } = useSurface();
  const rows = useQuery({
    queryKey: ["rows", resource.name, "security", query],
    enabled: resource.can_read,
    queryFn: async ({ signal }) =>
      (await api.get<Row[]>(`/${resource.name}?${query}&limit=${SHOWN + 1}`, { signal })).data,
  });
  const create = actionOf(resource, "create");
  const shown = rows.data?.slice(0, SHOWN) ?? [];
  return (
    <section aria-label={title}>
      <Group justify="space-between" gap={12} mb={4}>
        <Title order={2}>{title}</Title>
        {create && (
          <Tooltip label={t("actions.needs", { permission: create.permission })} disabled={create.allowed}>
            {create.allowed ? (
              <Button variant="default" renderRoot={(props) => <Link {...props} to={`${base}/${resource.name}/new`} />}>
                {add}
              </Button>
            ) : (
              <Button variant="default" data-disabled aria-disabled>
                {add}
              </Button>
            )}
          </Tooltip>
        )}
      </Group>
      <Text fz={13} c="dimmed" mb={12}>
        {text}
      </Text>
      {!resource.can_read ? (
        <Text fz={13}>{t("actions.needs", { permission: `${resource.name}:read` })}</Text>
      ) : rows.isPending ? (
        <FormSkeleton fields={2} />
      ) : rows.isError ? (
        <Failed problem={toProblem(rows.error)} onRetry={() => void rows.refetch()} />
      ) : shown.length === 0 ? (
        <Text fz={13} className={classes.none}>
          {none}
        </Text>
      ) : (
        <ul className={classes.list}>
          {shown.map((row) => (
            <li key={idOf(row)}>
              <Link to={`${base}/${resource.name}/${encodeURIComponent(idOf(row))}`} className={classes.line}>
                {line(row)}
              </Link>
            </li>
          ))}
        </ul>
      )}
      {(rows.data?.length ?? 0) > SHOWN && (
        <Link to={`${base}/${resource.name}`} className={classes.more}>
          {t("security.all")}
        </Link>
      )}
    </section>
  );
}

function Words({ title, lines }: { title: string; lines: unknown }) {
  return (
    <section aria-label={title}>
      <Title order={2} mb={8}>
        {title}
      </Title>
      <Stack gap={8}>
        {(Array.isArray(lines) ? lines : []).map((line: string) => (
          <Text key={line} fz={14}>
            {line}
          </Text>
        ))}
      </Stack>
    </section>
  );
}
