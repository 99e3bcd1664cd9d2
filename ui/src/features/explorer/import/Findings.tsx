/** What came of the rows, or would: counts, and each row that doesn't fit with its line and reason. */
import { Alert, Anchor, Group, Stack, Table, Text } from "@mantine/core";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { API_BASE } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toldFault } from "~/lib/refusals/told";
import { NullValue } from "~/primitives/null-value";
import type { Report } from "./model";

interface FindingsProps {
  report: Report;
  id: string;
  title: string;
  /** It has just been found, further down than whoever asked may look. */
  focused?: boolean;
}

export function Findings({ report, id, title, focused = false }: FindingsProps) {
  const { t } = useTranslation();
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focused) top.current?.scrollIntoView({ block: "center" });
  }, [focused]);
  const good = report.rejected === 0;
  const tense = report.tried ? "would" : "did";
  const said = (["inserted", "updated", "skipped", "rejected"] as const)
    .filter((name) => report[name] > 0)
    .map((name) => t(`explorer.import.${tense}.${name}`, { count: report[name], shown: formatNumber(report[name]) }));
  return (
    <Stack gap={12}>
      <Alert
        ref={top}
        role="status"
        color={good ? "green" : "yellow"}
        variant="light"
        icon={good ? <CircleCheck size={16} aria-hidden /> : <TriangleAlert size={16} aria-hidden />}
        title={title}
      >
        {said.join(" · ")}
      </Alert>
      {!good && (
        <>
          <div className={classes.scroll} style={{ maxHeight: 260, overflowY: "auto" }}>
            <Table verticalSpacing={6} fz={13} stickyHeader aria-label={t("explorer.import.refusedRows")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th style={{ textAlign: "right" }}>{t("explorer.import.line")}</Table.Th>
                  <Table.Th>{t("explorer.import.column")}</Table.Th>
                  <Table.Th>{t("explorer.import.reason")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {report.rejects.map((reject) => (
                  <Table.Tr key={`${reject.line} ${reject.column}`}>
                    <Table.Td style={{ textAlign: "right", fontVariantNumeric: "tabular-nums" }}>
                      {reject.line}
                    </Table.Td>
                    <Table.Td>{reject.column ?? <NullValue />}</Table.Td>
                    <Table.Td style={{ maxWidth: 480 }}>{toldFault(reject.reason)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Group justify="space-between" gap={8}>
            <Text fz={12} c="dimmed">
              {report.rejected > report.rejects.length &&
                t("explorer.import.firstOf", {
                  shown: formatNumber(report.rejects.length),
                  all: formatNumber(report.rejected),
                })}
            </Text>
            <Anchor href={`${API_BASE}/row-imports/${encodeURIComponent(id)}/refused`} download="refused.csv" fz={13}>
              {t("explorer.import.download")}
            </Anchor>
          </Group>
        </>
      )}
    </Stack>
  );
}
