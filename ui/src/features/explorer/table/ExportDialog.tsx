/** Which rows and columns go into the file, and of what kind it is; then how far it is, until it is there. */
import { Alert, Button, Group, Modal, Progress, Radio, SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { writeName } from "~/kit/filter/quoting";
import { api, type QueryPairs } from "~/lib/api";
import { formatBytes, formatCount } from "~/lib/format";
import { type Problem, toProblem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";
import { countQuery, tablePath } from "../data";
import type { Table, TableRef } from "../model";

const FORMATS = ["csv", "xlsx", "ndjson", "parquet"] as const;
type Format = (typeof FORMATS)[number];

export interface ExportDialogProps {
  tableRef: TableRef;
  table: Table;
  /** The filter and the search of the list. */
  matching: QueryPairs;
  /** The list's `order`; "" without. */
  order: string;
  /** Columns that the list shows, in its order. */
  shown: readonly string[];
  onClose: () => void;
}

export default function ExportDialog({ tableRef, table, matching, order, shown, onClose }: ExportDialogProps) {
  const { t } = useTranslation();
  const [format, setFormat] = useState<Format>("csv");
  const [all, setAll] = useState(true);
  const [sorted, setSorted] = useState(order !== "");
  const [bytes, setBytes] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef<AbortController | null>(null);
  const count = useQuery(countQuery(tableRef, matching, "estimated"));
  const readable = table.columns.filter((column) => column.readable).length;
  const narrowed = matching.length > 0;
  const rows = count.data?.value ?? null;

  // Whoever goes away wants no file.
  useEffect(() => () => running.current?.abort(), []);

  const run = async () => {
    const query: [string, string][] = matching.map(([name, value]) => [name, value]);
    if (!all) query.push(["select", shown.map((name) => writeName(name)).join(",")]);
    if (sorted && order !== "") query.push(["order", order]);
    const control = new AbortController();
    running.current = control;
    setProblem(null);
    setBytes(0);
    try {
      const path = `${tablePath(tableRef)}/export/${format}`;
      const file = await api.download(path, { query, signal: control.signal }, setBytes);
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
    <Modal opened onClose={onClose} title={t("explorer.export.title", { table: table.name })} size={460}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void run();
        }}
      >
        <Stack gap={16}>
          <Text fz={13} c="dimmed">
            {t(narrowed ? "explorer.export.matching" : "explorer.export.all")}
            {rows !== null &&
              ` ${t("explorer.export.about", { count: rows, shown: formatCount(rows, !count.data?.exact) })}`}
          </Text>
          <div>
            <Text fz={13} fw={500} mb={6} id="export-format">
              {t("explorer.export.format")}
            </Text>
            <SegmentedControl
              fullWidth
              aria-labelledby="export-format"
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
                <Radio
                  value="shown"
                  disabled={busy}
                  label={t("explorer.export.shownColumns", { count: shown.length })}
                />
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
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={() => (busy ? running.current?.abort() : onClose())}>
              {t("explorer.cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("explorer.export.begin")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
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
