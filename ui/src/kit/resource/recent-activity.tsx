// What was done last, each line leading to its place in the audit log.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { FramedList, framedLine, LineTime } from "~/primitives/framed-list";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { type AuditRow, EntryWords } from "./audit-entry";

const SHOWN = "8";

export function RecentActivity() {
  const { t } = useTranslation();
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
    <FramedList>
      {query.data.rows.map((entry) => (
        <li key={entry.id}>
          <Link to={`${base}/audit`} search={{ row: entry.id }} className={framedLine}>
            <EntryWords entry={entry} />
            <LineTime>
              <RelativeTime value={entry.at} />
            </LineTime>
          </Link>
        </li>
      ))}
    </FramedList>
  );
}
