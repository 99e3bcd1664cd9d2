/** Which rows and columns go into the file, of what kind it is, and whether one waits for it. */
import { Alert, Button, Group, Progress, Radio, SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { writeName } from "~/kit/filter/quoting";
import { Refused } from "~/kit/import/Refused";
import { api, type QueryPairs } from "~/lib/api";
import { formatBytes, formatCount } from "~/lib/format";
import { type Problem, toProblem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";
import { countQuery, tablePath } from "../data";
import type { Table } from "../model";
import { Earlier } from "./Earlier";
import {
  allExportsQuery,
  exportQuery,
  exportsQuery,
  FORMATS,
  type Format,
  type RowExport,
  usualWay,
  WAYS,
  type Wanted,
  type Way,
} from "./model";

interface AskProps extends Wanted {
  table: Table;
  onOpen: (id: string) => void;
  onClose: () => void;
}

export function Ask({ tableRef, table, matching, order, shown, onOpen, onClose }: AskProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [formatLabel, wayLabel] = [useId(), useId()];
  const [format, setFormat] = useState<Format>("csv");
  const [chosen, setChosen] = useState<Way | null>(null);
  const [all, setAll] = useState(true);
  const [sorted, setSorted] = useState(order !== "");
  const [bytes, setBytes] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef<AbortController | null>(null);
  const count = useQuery(countQuery(tableRef, matching, "estimated"));
  const readable = table.columns.filter((column) => column.readable).length;
  const rows = count.data?.value ?? null;
  const way = chosen ?? usualWay(format, rows);

  // Whoever goes away wants no file that they wait for.
  useEffect(() => () => running.current?.abort(), []);

  const query = (): QueryPairs => [
    ...matching,
    ...(all ? [] : [["select", shown.map((name) => writeName(name)).join(",")] as const]),
    ...(sorted && order !== "" ? [["order", order] as const] : []),
  ];
  const begin = useMutation({
    mutationFn: async () => {
      const asked = new URLSearchParams(query().map(([name, value]) => [name, value])).toString();
      return (await api.post<RowExport>(`${tablePath(tableRef)}/exports`, { format, query: asked })).data;
    },
    onSuccess: (made) => {
      client.setQueryData(exportQuery(made.id).queryKey, made);
      void client.invalidateQueries(exportsQuery(tableRef));
      onOpen(made.id);
    },
  });
  // What is in the way may be of another table.
  const refused = begin.isError;
  const ofTable = useQuery(exportsQuery(tableRef));
  const ofAll = useQuery({ ...allExportsQuery, enabled: refused });
  const earlier = (refused && ofAll.data) || ofTable.data;
  const wait = async () => {
    const control = new AbortController();
    running.current = control;
    setProblem(null);
    setBytes(0);
    try {
      const path = `${tablePath(tableRef)}/export/${format}`;
      const file = await api.download(path, { query: query(), signal: control.signal }, setBytes);
      const name = `${table.name}.${format}`;
      save(file, name);
      toastDone(t("explorer.export.done", { name, size: formatBytes(file.size) }));
      onClose();
    } catch (error) {
      if (!control.signal.aborted) setProblem(toProblem(error));
      setBytes(null);
    }
  };
  const busy = bytes !== null;

  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (way === "now") void wait();
        else begin.mutate();
      }}
    >
      <Stack gap={16}>
        <Text fz={13} c="dimmed">
          {t(matching.length > 0 ? "explorer.export.matching" : "explorer.export.all")}
          {rows !== null &&
            ` ${t("explorer.export.about", { count: rows, shown: formatCount(rows, !count.data?.exact) })}`}
        </Text>
        <div>
          <Text fz={13} fw={500} mb={6} id={formatLabel}>
            {t("explorer.export.format")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby={formatLabel}
            disabled={busy}
            data={FORMATS.map((value) => ({ value, label: t(`explorer.export.${value}`) }))}
            value={format}
            onChange={(next) => setFormat(next as Format)}
          />
          <Text fz={12} c="dimmed" mt={6}>
            {t(`explorer.export.${format}Help`)}
          </Text>
        </div>
        {shown.length < readable && (
          <Radio.Group
            label={t("explorer.export.columns")}
            value={all ? "all" : "shown"}
            onChange={(next) => setAll(next === "all")}
          >
            <Group gap={16} mt={6}>
              <Radio value="all" disabled={busy} label={t("explorer.export.allColumns", { count: readable })} />
              <Radio value="shown" disabled={busy} label={t("explorer.export.shownColumns", { count: shown.length })} />
            </Group>
          </Radio.Group>
        )}
        {order !== "" && (
          <Switch
            label={t("explorer.export.sorted")}
            description={t("explorer.export.sortedHelp")}
            disabled={busy}
            checked={sorted}
            onChange={(e) => setSorted(e.currentTarget.checked)}
          />
        )}
        <div>
          <Text fz={13} fw={500} mb={6} id={wayLabel}>
            {t("explorer.export.way")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby={wayLabel}
            disabled={busy}
            data={WAYS.map((value) => ({ value, label: t(`explorer.export.ways.${value}`) }))}
            value={way}
            onChange={(next) => setChosen(next as Way)}
          />
          <Text fz={12} c="dimmed" mt={6}>
            {t(`explorer.export.wayHelp.${way}`)}
          </Text>
        </div>
        {busy && (
          <div role="status">
            <Progress value={100} animated aria-label={t("explorer.export.running")} />
            <Text fz={12} c="dimmed" mt={6}>
              {t("explorer.export.sofar", { size: formatBytes(bytes) })}
            </Text>
          </div>
        )}
        {problem && (
          <Alert color="red" role="alert" p={10}>
            {problem.kind === "unreadable" ? t("explorer.export.cutOff") : (problem.detail ?? problem.title)}
          </Alert>
        )}
        {refused && <Refused problem={toProblem(begin.error)} title={t("explorer.export.notBegun")} />}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={() => (busy ? running.current?.abort() : onClose())}>
            {t("explorer.cancel")}
          </Button>
          <Button type="submit" loading={busy || begin.isPending}>
            {t("explorer.export.begin")}
          </Button>
        </Group>
        {earlier && earlier.length > 0 && !busy && (
          <Earlier made={earlier} ofAll={earlier === ofAll.data} onOpen={onOpen} />
        )}
      </Stack>
    </form>
  );
}

/** Hands a file to the browser, which puts it where downloads go. */
function save(file: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun to copy it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
