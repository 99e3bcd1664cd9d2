// What happened lately in the organization somebody is in, as far as its log is theirs to read; otherwise what they did.
import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { type AuditRow, EntryWords } from "~/kit/resource/audit-entry";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import type { OwnOrganization } from "~/lib/session";
import { FramedList, framedLine, LineTime } from "~/primitives/framed-list";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";

interface Told {
  whose: "organization" | "own";
  entries: AuditRow[];
}

export function PortalActivity({ organization }: { organization: OwnOrganization | undefined }) {
  // What doesn't open to this session now tells nothing, not even what things are called there.
  return organization?.closed ? null : <Activity here={organization ?? null} />;
}

function Activity({ here }: { here: OwnOrganization | null }) {
  const { t } = useTranslation();
  const told = useQuery({
    queryKey: ["own", "user", "activity", here?.id ?? null],
    queryFn: async ({ signal }) =>
      (await api.get<Told>("/account/activity", { query: here ? [["organization", here.id]] : [], signal })).data,
  });
  const title =
    told.data?.whose === "organization" && here ? t("portal.activityOf", { name: here.name }) : t("portal.activityOwn");
  return (
    <section aria-label={title}>
      <Title order={2} fz={15} mt={28} mb={12}>
        {title}
      </Title>
      {told.isPending ? (
        <ListSkeleton rows={4} columns={2} />
      ) : told.isError ? (
        <Failed problem={toProblem(told.error)} onRetry={() => void told.refetch()} />
      ) : told.data.entries.length === 0 ? (
        <Text fz={13} c="dimmed">
          {t("portal.nothingHappened")}
        </Text>
      ) : (
        <Suspense fallback={<ListSkeleton rows={4} columns={2} />}>
          <FramedList label={title}>
            {told.data.entries.map((entry) => (
              <li key={entry.id} className={framedLine}>
                <EntryWords entry={entry} />
                <LineTime>
                  <RelativeTime value={entry.at} />
                </LineTime>
              </li>
            ))}
          </FramedList>
        </Suspense>
      )}
    </section>
  );
}
