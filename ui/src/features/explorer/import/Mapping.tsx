/** The second step: which column goes where, what becomes of rows that are there, and a try before it counts. */
import { Alert, Box, Button, Group, NativeSelect, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { NullValue } from "~/primitives/null-value";
import type { Table as DataTable, TableRef } from "../model";
import { leftOut, notInsertable, notWritable } from "../table/columns";
import { shortType } from "../types-text";
import { Findings } from "./Findings";
import { guessed, importQuery, missing, type RowImport, type Settings, targetOf, withTarget } from "./model";
import { Options } from "./Options";
import { ReadAgain } from "./ReadAgain";
import { Values } from "./Values";

/** Values shown of each column. */
const SHOWN = 3;

interface MappingProps {
  tableRef: TableRef;
  made: RowImport;
  table: DataTable;
  /** What was uploaded, as long as it is at hand. */
  file: File | null;
  onOpen: (id: string, file: File) => void;
  onAnother: () => void;
}

export function Mapping({ tableRef, made, table, file, onOpen, onAnother }: MappingProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [settings, setSettings] = useState<Settings>(made.settings ?? guessed(made, table));
  // What was found counts for the settings it was found with.
  const [stale, setStale] = useState(false);
  const begin = useMutation({
    mutationFn: async (verb: "check" | "run") =>
      (await api.post<RowImport>(`/row-imports/${made.id}/${verb}`, settings)).data,
    onSuccess: (begun) => client.setQueryData(importQuery(made.id).queryKey, begun),
  });
  const change = (next: Settings) => {
    setSettings(next);
    setStale(true);
    begin.reset();
  };
  const report = stale ? null : made.report;
  const lacking = missing(settings, table);
  const targets = table.columns.filter((column) => column.readable && (column.writable || settings.mode === "update"));
  // What can't be filled is in the list, too, and says why.
  const others = table.columns
    .filter((column) => !targets.includes(column))
    .map((column) =>
      leftOut(
        column,
        column.readable
          ? (notInsertable(column, t) ?? notWritable(column, t))
          : (column.hidden_reason ?? t("explorer.readOnlyColumn")),
      ),
    );
  const nothing = Object.keys(settings.columns ?? {}).length === 0;
  const refused = report !== null && report.rejected > 0 && settings.whole;

  return (
    <Stack gap={16}>
      <Text fz={13} c="dimmed">
        {t("explorer.import.file", {
          name: made.name,
          count: made.rows,
          shown: formatNumber(made.rows),
          encoding: made.encoding.toUpperCase(),
        })}
      </Text>
      <ReadAgain tableRef={tableRef} made={made} file={file} onOpen={onOpen} />
      {made.error && !stale && (
        <Alert color="red" role="alert" variant="light" icon={<TriangleAlert size={16} aria-hidden />}>
          {toldReason(made.error)}
        </Alert>
      )}
      <div className={classes.scroll} style={{ maxHeight: 340, overflowY: "auto" }}>
        <Table verticalSpacing={6} fz={13} stickyHeader aria-label={t("explorer.import.columns")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("explorer.import.inFile")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("explorer.import.firstValues")}</Table.Th>
              <Table.Th w="42%">{t("explorer.import.goesInto")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {made.columns.map((column) => (
              <Table.Tr key={column.name}>
                <Table.Td>
                  <Text fz={13} fw={500}>
                    {column.name}
                  </Text>
                  <Text fz={12} c="dimmed">
                    {t(`explorer.import.looks.${column.looks}`)}
                  </Text>
                  <Box hiddenFrom="sm">
                    <Samples values={column.samples.slice(0, 1)} />
                  </Box>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Samples values={column.samples.slice(0, SHOWN)} />
                </Table.Td>
                <Table.Td>
                  <NativeSelect
                    size="xs"
                    aria-label={t("explorer.import.targetOf", { column: column.name })}
                    value={targetOf(settings, column.name)}
                    onChange={(event) => change(withTarget(settings, column.name, event.currentTarget.value))}
                    data={[
                      { value: "", label: t("explorer.import.leaveOut") },
                      ...targets.map(({ name, type }) => ({ value: name, label: `${name} · ${shortType(type)}` })),
                      ...others,
                    ]}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Values settings={settings} targets={targets} onChange={change} />
      {lacking.length > 0 && (
        <Alert color="yellow" variant="light" p={10} fz={13}>
          {t("explorer.import.lacking", { count: lacking.length, names: lacking.join(", ") })}
        </Alert>
      )}
      <Options settings={settings} table={table} csv={made.format === "csv"} onChange={change} />
      {begin.isError && <Refused problem={toProblem(begin.error)} />}
      {report && (
        <Findings
          focused={report.tried}
          report={report}
          id={made.id}
          title={t(report.tried ? "explorer.import.tried" : "explorer.import.notDone")}
        />
      )}
      <Group justify="space-between" gap={8} className={classes.actions}>
        <Button variant="subtle" onClick={onAnother}>
          {t("explorer.import.another")}
        </Button>
        <Group gap={8}>
          <Button
            variant={report?.tried ? "default" : "filled"}
            disabled={nothing || !made.kept}
            loading={begin.isPending && begin.variables === "check"}
            onClick={() => begin.mutate("check")}
          >
            {t("explorer.import.try")}
          </Button>
          <Button
            variant={report?.tried ? "filled" : "default"}
            disabled={nothing || refused || !made.kept}
            title={refused ? t("explorer.import.wholeRefused") : undefined}
            loading={begin.isPending && begin.variables === "run"}
            onClick={() => begin.mutate("run")}
          >
            {t("explorer.import.begin")}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

function Samples({ values }: { values: readonly (string | null)[] }) {
  return (
    <Text fz={12} c="dimmed" lineClamp={2}>
      {values.map((value, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what tells them apart
        <span key={place}>
          {place > 0 && " · "}
          {value ?? <NullValue />}
        </span>
      ))}
    </Text>
  );
}
