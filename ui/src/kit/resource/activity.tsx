// The history of one object, read from the audit log.
import { Button, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import { type ResourceMeta, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import classes from "./activity.module.css";
import { ActorName, AuditDiff, type AuditRow, actionWords, OutcomeBadge } from "./audit-entry";
import { useRows } from "./data";

/** Collections whose objects act themselves, so that what they did is worth as much as what was done to them. */
const ACTORS: ReadonlySet<string> = new Set(["staff", "users", "keys"]);

export function Activity({ resource, id }: { resource: ResourceMeta; id: string }) {
  const { t } = useTranslation();
  const [side, setSide] = useState<Side>("to");
  if (!ACTORS.has(resource.name)) return <Entries resource={resource} id={id} side="to" />;
  return (
    <Stack gap={8} align="stretch">
      <SegmentedControl
        size="xs"
        style={{ alignSelf: "flex-start" }}
        aria-label={t("audit.side")}
        data={(["to", "by"] as const).map((value) => ({ value, label: t(`audit.sides.${value}`) }))}
        value={side}
        onChange={(value) => setSide(value as Side)}
      />
      <Entries key={side} resource={resource} id={id} side={side} />
    </Stack>
  );
}

type Side = "to" | "by";

function Entries({ resource, id, side }: { resource: ResourceMeta; id: string; side: Side }) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const about: [string, string][] =
    side === "by"
      ? [["actor_id", `eq.${id}`]]
      : [
          ["target_kind", `eq.${resource.name}`],
          ["target_id", `eq.${id}`],
        ];
  const rows = useRows("audit", [...about, ["order", "at.desc"]]);
  if (rows.isPending) return <ListSkeleton rows={4} columns={2} />;
  if (rows.isError) return <Failed problem={toProblem(rows.error)} onRetry={() => void rows.refetch()} />;
  const entries = rows.data.pages.flatMap((page) => page.rows as AuditRow[]);
  if (entries.length === 0)
    return (
      <NothingYet title={t("audit.emptyTitle")}>{t(side === "by" ? "audit.emptyBy" : "audit.emptyText")}</NothingYet>
    );
  return (
    <Stack gap={0} component="ol" className={classes.list}>
      {entries.map((entry) => (
        <li key={entry.id} className={classes.entry}>
          <div className={classes.head}>
            <span>
              <Text span fw={600} fz={13}>
                {actionWords(meta, labels, entry)}
              </Text>{" "}
              {side === "by" && entry.target_label && (
                <Text span fz={13}>
                  {entry.target_label}{" "}
                </Text>
              )}
              <Text span fz={13} c="dimmed">
                {t("audit.by")} <ActorName entry={entry} />
              </Text>{" "}
              <OutcomeBadge entry={entry} />
            </span>
            <Text span fz={12} c="dimmed">
              <RelativeTime value={entry.at} />
            </Text>
          </div>
          {Object.keys(entry.changes ?? {}).length > 0 && <AuditDiff entry={entry} />}
        </li>
      ))}
      {rows.hasNextPage && (
        <Button variant="subtle" mt={8} loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
          {t("audit.older")}
        </Button>
      )}
    </Stack>
  );
}
