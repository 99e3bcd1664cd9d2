// Rules of one sort on the page that says what protects the platform, or an organization: from where, and when.
import { Button, Group, Text, Title, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { actionOf, idOf, type ResourceMeta, type Row } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import classes from "./section.module.css";

/** More than these are looked at in their own list. */
const SHOWN = 20;

/** From where people may come. */
export function NetworksSection(props: RulesProps) {
  const { t } = useTranslation();
  return (
    <Section
      {...props}
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
  );
}

/** When those with a role may come in. */
export function HoursSection(props: RulesProps) {
  const { t } = useTranslation();
  return (
    <Section
      {...props}
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
  );
}

function weekdays(row: Row, t: (key: string) => string): string {
  return (Array.isArray(row.weekdays) ? row.weekdays : []).map((day) => t(`security.days.${String(day)}`)).join(", ");
}

interface RulesProps {
  resource: ResourceMeta;
  query: string;
  title: string;
  text: string;
  none: string;
}

interface SectionProps extends RulesProps {
  add: string;
  line: (row: Row) => ReactNode;
}

function Section({ resource, query, title, text, none, add, line }: SectionProps) {
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
