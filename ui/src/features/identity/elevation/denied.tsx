// Requests of one's own that somebody said no to, with what they said.
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ElevationRequest } from "~/lib/elevations";
import { RelativeTime } from "~/primitives/relative-time";
import classes from "./approvals.module.css";

export function DeniedList({ elevations }: { elevations: ElevationRequest[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.list} aria-label={t("elevation.denied")}>
      {elevations.map((one) => (
        <li key={one.id} className={classes.card}>
          <div className={classes.words}>
            <Text fw={600} fz={14}>
              {t("elevation.deniedRole", { role: one.role })}
            </Text>
            <Text fz={13}>{t("elevation.deniedBy", { who: one.decided_by, why: one.decided_why })}</Text>
            <Text fz={12} c="dimmed">
              {t("elevation.deniedAsked", { reason: one.reason })} · <RelativeTime value={one.created_at} />
            </Text>
          </div>
        </li>
      ))}
    </ul>
  );
}
