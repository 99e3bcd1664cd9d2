// What a check found: how many would come in, and each fault with its line and what to do.
import { Alert, Anchor, Group, Stack, Table, Text } from "@mantine/core";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { API_BASE } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { NullValue } from "~/primitives/null-value";
import type { Report } from "./model";

/** Faults on the page; the file has more. */
const SHOWN = 100;

export function Faults({ report, id }: { report: Report; id: string }) {
  const { t } = useTranslation();
  const good = report.faults_total === 0;
  return (
    <Stack gap={12}>
      <Alert
        role="status"
        color={good ? "green" : "red"}
        variant="light"
        icon={good ? <CircleCheck size={16} aria-hidden /> : <TriangleAlert size={16} aria-hidden />}
        title={
          good
            ? t("userImport.allWell", { count: report.new, shown: formatNumber(report.new) })
            : t("userImport.faults", { count: report.faults_total, shown: formatNumber(report.faults_total) })
        }
      >
        {good
          ? report.skipped > 0 &&
            t("userImport.skipped", { count: report.skipped, shown: formatNumber(report.skipped) })
          : t("userImport.faultsText")}
      </Alert>
      {!good && (
        <>
          <div className={classes.scroll}>
            <Table verticalSpacing={6} miw={560} aria-label={t("userImport.found")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th style={{ textAlign: "right" }}>{t("userImport.line")}</Table.Th>
                  <Table.Th>{t("userImport.column")}</Table.Th>
                  <Table.Th>{t("userImport.value")}</Table.Th>
                  <Table.Th>{t("userImport.problem")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {report.faults.slice(0, SHOWN).map((fault) => (
                  <Table.Tr key={`${fault.line} ${fault.column} ${fault.code}`}>
                    <Table.Td style={{ textAlign: "right", fontVariantNumeric: "tabular-nums" }}>{fault.line}</Table.Td>
                    <Table.Td>{fault.column ?? <NullValue />}</Table.Td>
                    <Table.Td>{fault.value ?? <NullValue />}</Table.Td>
                    <Table.Td>{fault.message}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Group justify="space-between" gap={8}>
            <Text fz={12} c="dimmed">
              {report.faults_total > SHOWN &&
                t("userImport.shown", { shown: formatNumber(SHOWN), all: formatNumber(report.faults_total) })}
            </Text>
            <Anchor href={`${API_BASE}/user-imports/${encodeURIComponent(id)}/report`} download="faults.csv" fz={13}>
              {t("userImport.download")}
            </Anchor>
          </Group>
        </>
      )}
    </Stack>
  );
}
