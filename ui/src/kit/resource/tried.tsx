// What a bulk action would do to each object, before it is done.
import { Alert, Text } from "@mantine/core";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import type { TriedAll, TriedRow } from "./actions";

export function Tried({ rows }: { rows: TriedRow[] }) {
  const { t } = useTranslation();
  const refused = rows.filter((row) => !row.ok);
  const well = rows.length - refused.length;
  if (refused.length === 0) {
    return (
      <Alert color="green" variant="light" icon={<CircleCheck size={16} aria-hidden />} role="status">
        {t("bulk.allWell", { count: well, shown: formatNumber(well) })}
      </Alert>
    );
  }
  return (
    <Alert
      color="red"
      variant="light"
      icon={<TriangleAlert size={16} aria-hidden />}
      role="status"
      title={t("bulk.someRefused", { count: refused.length, shown: formatNumber(refused.length), all: rows.length })}
    >
      <Text fz={13} mb={4}>
        {t("bulk.allOrNone")}
      </Text>
      <ul style={{ margin: 0, paddingInlineStart: 16, maxHeight: 200, overflowY: "auto" }}>
        {refused.map((row) => (
          <li key={row.id}>
            <strong>{row.title}</strong>: {row.message}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

/** Of actions that leave out what they can't be done to. */
export function TriedAtOnce({ report }: { report: TriedAll }) {
  const { t } = useTranslation();
  const left = report.skipped.length > 0;
  return (
    <Alert
      color={left ? "yellow" : "green"}
      variant="light"
      icon={left ? <TriangleAlert size={16} aria-hidden /> : <CircleCheck size={16} aria-hidden />}
      role="status"
      title={t("bulk.would", { count: report.would, shown: formatNumber(report.would) })}
    >
      {left && (
        <ul style={{ margin: 0, paddingInlineStart: 16 }}>
          {report.skipped.map((one) => (
            <li key={one.reason}>{t("bulk.leftOut", { shown: formatNumber(one.count), reason: one.reason })}</li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
