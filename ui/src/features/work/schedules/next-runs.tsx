// The next ten runs, on the clock of the schedule and on that of who looks.
import { Skeleton, Stack, Table, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { RelativeTime } from "~/primitives/relative-time";
import { onTheClockOf, ownZone, runsQuery } from "./runs";
import classes from "./schedules.module.css";

interface NextRunsProps {
  cron: string;
  zone: string;
  /** Why none of them comes. */
  held?: string | null;
}

export function NextRuns({ cron, zone, held }: NextRunsProps) {
  const { t, i18n } = useTranslation();
  const asked = cron.trim() !== "" && zone.trim() !== "";
  const runs = useQuery({ ...runsQuery(cron, zone), enabled: asked, placeholderData: keepPreviousData });
  const own = ownZone();
  const apart = own !== zone;
  return (
    <section aria-labelledby="schedule-next-runs">
      <Text id="schedule-next-runs" component="h2" fz={14} fw={600} m={0}>
        {t("schedules.next")}
      </Text>
      {held && (
        <Text fz={13} c="dimmed" role="note">
          {held}
        </Text>
      )}
      {!asked ? (
        <Text fz={13} c="dimmed">
          {t("schedules.nothingAsked")}
        </Text>
      ) : runs.isError ? (
        <Text fz={13} c="red" role="status">
          {toProblem(runs.error).errors[0]?.message ?? toProblem(runs.error).message}
        </Text>
      ) : runs.isPending ? (
        <Stack gap={4} mt={8}>
          {["a", "b", "c", "d", "e"].map((line) => (
            <Skeleton key={line} height={20} radius="sm" />
          ))}
        </Stack>
      ) : (
        <div className={classes.scroll}>
          <Table
            className={classes.runs}
            data-held={held ? true : undefined}
            data-stale={runs.isPlaceholderData || undefined}
          >
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("schedules.inZone", { zone })}</Table.Th>
                {apart && <Table.Th>{t("schedules.inYours", { zone: own })}</Table.Th>}
                <Table.Th>{t("schedules.in")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {runs.data.map((at) => (
                <Table.Tr key={at}>
                  <Table.Td>{onTheClockOf(zone, at, i18n.language) ?? at}</Table.Td>
                  {apart && <Table.Td>{onTheClockOf(undefined, at, i18n.language)}</Table.Td>}
                  <Table.Td>
                    <RelativeTime value={at} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}
