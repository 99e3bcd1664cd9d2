// How much of what an organization may have is taken, and why it may have that much.
import { Alert, Progress, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { type Limit, limitsQuery, shortage } from "./limits";
import classes from "./limits-strip.module.css";

const KINDS = ["members", "keys", "roles"] as const;

interface LimitsStripProps {
  organization: string;
  /** What staff remarked when they decided. */
  reason: string | null;
}

export function LimitsStrip({ organization, reason }: LimitsStripProps) {
  const { t } = useTranslation();
  const limits = useQuery(limitsQuery(organization));
  if (limits.isError)
    return (
      <Alert color="gray" variant="light" my={8}>
        {toProblem(limits.error).message}
      </Alert>
    );
  return (
    <section className={classes.strip} aria-label={t("limits.title")}>
      {KINDS.map((kind) => (
        <div key={kind} className={classes.one}>
          <Text fz={12} c="dimmed">
            {t(`limits.${kind}`)}
          </Text>
          {limits.data ? (
            <Used limit={limits.data[kind]} open={kind === "members" ? limits.data.invitations : 0} />
          ) : (
            <Skeleton height={48} radius="sm" />
          )}
        </div>
      ))}
      {reason && (
        <Text fz={13} className={classes.reason}>
          {t("limits.because", { reason })}
        </Text>
      )}
    </section>
  );
}

function Used({ limit, open }: { limit: Limit; open: number }) {
  const { t } = useTranslation();
  const short = shortage(limit);
  const part = limit.limit === 0 ? 1 : limit.used / limit.limit;
  const said = t("limits.of", { used: formatNumber(limit.used), limit: formatNumber(limit.limit) });
  const remarks = [
    short === "red" ? t("limits.full") : null,
    open > 0 ? t("limits.open", { count: open, shown: formatNumber(open) }) : null,
    t(limit.own ? "limits.own" : "limits.everybody"),
  ];
  return (
    <>
      <Text fz={15} fw={600} className={classes.number}>
        {said}
      </Text>
      <Progress.Root size={6}>
        <Progress.Section value={Math.min(part, 1) * 100} color={short} aria-label={said} />
      </Progress.Root>
      <Text fz={12} c="dimmed">
        {remarks.filter(Boolean).join(" · ")}
      </Text>
    </>
  );
}
