// What was done last, each line leading to its place in the audit log.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { ActorName, type AuditRow, actionWords, OutcomeBadge, TargetName } from "./audit-entry";
import classes from "./recent-activity.module.css";

const SHOWN = "8";

export function RecentActivity() {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const { base } = useSurface();
  const query = useQuery({
    queryKey: ["list", "audit", "recent"],
    queryFn: ({ signal }) =>
      api.list<AuditRow>("/audit", {
        query: [
          ["order", "at.desc"],
          ["limit", SHOWN],
        ],
        signal,
      }),
  });
  if (query.isPending) return <ListSkeleton rows={6} columns={2} />;
  if (query.isError) return <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data.rows.length === 0) {
    return (
      <Text fz={13} c="dimmed">
        {t("auditLog.emptyText")}
      </Text>
    );
  }
  return (
    <ul className={classes.frame}>
      {query.data.rows.map((entry) => (
        <li key={entry.id}>
          <Link to={`${base}/audit`} search={{ row: entry.id }} className={classes.event}>
            <span>
              <strong>{actionWords(meta, labels, entry)}</strong>{" "}
              {entry.target_kind && <TargetName entry={entry} link={false} />}{" "}
              <Text span c="dimmed" fz="inherit">
                {t("audit.by")} <ActorName entry={entry} />
              </Text>{" "}
              <OutcomeBadge entry={entry} />
            </span>
            <span className={classes.time}>
              <RelativeTime value={entry.at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
