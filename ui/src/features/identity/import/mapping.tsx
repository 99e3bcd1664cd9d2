// The second step: which column is what, what becomes of people who are there, and a check of every row before it counts.
import { Button, Checkbox, Group, NativeSelect, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { NullValue } from "~/primitives/null-value";
import { Faults } from "./faults";
import {
  importQuery,
  type Report,
  type Settings,
  TARGETS,
  type Target,
  type UserImport,
  usedAs,
  withUse,
} from "./model";

export function Mapping({ made, onAnother }: { made: UserImport; onAnother: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [settings, setSettings] = useState<Settings>(made.settings);
  const [report, setReport] = useState<Report | null>(made.status === "failed" ? made.report : null);
  const mayRun = useCan("user-imports:run");
  const check = useMutation({
    mutationFn: async () => (await api.post<Report>(`/user-imports/${made.id}/check`, settings)).data,
    onSuccess: setReport,
  });
  const run = useMutation({
    mutationFn: async () => (await api.post<UserImport>(`/user-imports/${made.id}/run`, {})).data,
    onSuccess: async () => {
      await client.invalidateQueries({
        predicate: ({ queryKey: [kind, name] }) =>
          kind === "object" || ((kind === "list" || kind === "count") && (name === "users" || name === "user-imports")),
      });
    },
    onError: () => void client.invalidateQueries(importQuery(made.id)),
  });
  // What was found counts for the settings it was found with.
  const change = (next: Settings) => {
    setSettings(next);
    setReport(null);
    check.reset();
    run.reset();
  };
  const heading = report !== null;
  useEffect(() => {
    if (heading) document.getElementById("import-report")?.focus();
  }, [heading]);

  return (
    <Stack gap={20}>
      {made.error && made.status === "failed" && !run.isError && <Text c="red">{made.error}</Text>}
      <Text fz={13} c="dimmed">
        {t("userImport.about", {
          name: made.name,
          rows: formatNumber(made.rows),
          count: made.rows,
          encoding: made.encoding,
        })}
      </Text>
      <div className={classes.scroll}>
        <Table verticalSpacing={6} miw={560} aria-label={t("userImport.columns")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("userImport.column")}</Table.Th>
              <Table.Th>{t("userImport.samples")}</Table.Th>
              <Table.Th miw={176}>{t("userImport.becomes")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {made.columns.map((column) => (
              <Table.Tr key={column.name}>
                <Table.Td>
                  <strong>{column.name}</strong>
                </Table.Td>
                <Table.Td>
                  {column.samples.length === 0 ? (
                    <NullValue />
                  ) : (
                    <Text fz={12} c="dimmed" lineClamp={2}>
                      {column.samples.join(" · ")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <NativeSelect
                    aria-label={t("userImport.useOf", { column: column.name })}
                    size="xs"
                    value={usedAs(settings, column.name)}
                    onChange={(event) =>
                      change(withUse(settings, column.name, event.currentTarget.value as Target | "metadata" | ""))
                    }
                    data={[
                      { value: "", label: t("userImport.leaveOut") },
                      ...TARGETS.map((value) => ({ value, label: t(`userImport.targets.${value}`) })),
                      { value: "metadata", label: t("userImport.targets.metadata") },
                    ]}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Stack gap={8}>
        <Checkbox
          label={t("userImport.skip")}
          description={t("userImport.skipHelp")}
          checked={settings.existing === "skip"}
          onChange={(event) => change({ ...settings, existing: event.currentTarget.checked ? "skip" : "refuse" })}
        />
        <Checkbox
          label={t("userImport.mail")}
          description={t("userImport.mailHelp")}
          checked={settings.mail}
          onChange={(event) => change({ ...settings, mail: event.currentTarget.checked })}
        />
      </Stack>
      {check.isError && <Refused problem={toProblem(check.error)} />}
      {run.isError && <Refused problem={toProblem(run.error)} />}
      <Group gap={8}>
        <Button variant={report ? "default" : "filled"} loading={check.isPending} onClick={() => check.mutate()}>
          {t("userImport.check")}
        </Button>
        {report && report.faults_total === 0 && report.new > 0 && (
          <Button loading={run.isPending} disabled={!mayRun} onClick={() => run.mutate()}>
            {t("userImport.import", { count: report.new, shown: formatNumber(report.new) })}
          </Button>
        )}
        <Button variant="subtle" onClick={onAnother}>
          {t("userImport.another")}
        </Button>
      </Group>
      {report && (
        <section>
          <Title order={2} id="import-report" tabIndex={-1} style={{ outline: "none" }} mb={8}>
            {t("userImport.found")}
          </Title>
          <Faults report={report} id={made.id} />
        </section>
      )}
    </Stack>
  );
}
