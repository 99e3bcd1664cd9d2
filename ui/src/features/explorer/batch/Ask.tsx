/** What is to become of many rows, a look at it, and the word to begin. */
import { Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { FormSkeleton } from "~/primitives/skeletons";
import { tablePath } from "../data";
import type { Table, TableRef } from "../model";
import type { Drafts } from "../row/form";
import classes from "./batch.module.css";
import {
  type Asked,
  askedOf,
  type Batch,
  batchesQuery,
  batchQuery,
  blockers,
  type Many,
  MODES,
  type Mode,
  previewQuery,
  valuesOf,
} from "./model";
import { SetColumns } from "./SetColumns";
import { WhatComes } from "./WhatComes";

/** From this many deleted rows on, the number must be typed. */
const TYPED = 20;

interface AskProps {
  tableRef: TableRef;
  table: Table;
  many: Many;
  onBegun: (id: string) => void;
  onClose: () => void;
}

export function Ask({ tableRef, table, many, onBegun, onClose }: AskProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const modeLabel = useId();
  const [drafts, setDrafts] = useState<Drafts>({});
  const values = valuesOf(table, drafts);
  const asks = many.verb === "update" && many.set === undefined;
  const ready = !asks || (Object.keys(drafts).length > 0 && Object.keys(values.problems).length === 0);
  // What is looked at; with other values the look is another.
  const [looked, setLooked] = useState<Asked | null>(asks ? null : askedOf(table, many));
  const [mode, setMode] = useState<Mode>("atomic");
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const query = useQuery({
    ...previewQuery(tableRef, looked ?? { verb: many.verb, filter: "" }),
    enabled: looked !== null,
  });
  const preview = looked === null ? undefined : query.data;
  const begin = useMutation({
    mutationFn: async (asked: Asked & { mode: Mode; expected: number }) =>
      (await api.post<Batch>(`${tablePath(tableRef)}/batches`, asked)).data,
    onSuccess: (batch) => {
      client.setQueryData(batchQuery(batch.id).queryKey, batch);
      void client.invalidateQueries(batchesQuery(tableRef));
      onBegun(batch.id);
    },
  });
  const problem = begin.error ? toProblem(begin.error) : query.error && looked !== null ? toProblem(query.error) : null;
  const rows = preview?.rows ?? null;
  const stuck = preview !== undefined && (preview.refused !== null || blockers(preview).length > 0);
  const unconfirmed = many.verb === "delete" && rows !== null && rows >= TYPED && typed.trim() !== String(rows);
  const change = (next: Drafts) => {
    setDrafts(next);
    setLooked(null);
    begin.reset();
  };
  const look = () => {
    setTried(true);
    if (ready) setLooked(askedOf(table, many, asks ? values : undefined));
  };

  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (preview === undefined) return look();
        if (looked && rows !== null && !stuck && !unconfirmed) begin.mutate({ ...looked, mode, expected: rows });
      }}
    >
      <Stack gap={16}>
        {many.count !== null && preview === undefined && (
          <Text fz={14}>{t("explorer.batch.about", { count: many.count, shown: formatNumber(many.count) })}</Text>
        )}
        {asks && (
          <SetColumns
            source={tableRef.source}
            table={table}
            drafts={drafts}
            problems={tried ? values.problems : {}}
            refusals={problem?.errors ?? []}
            onChange={change}
          />
        )}
        {looked !== null && query.isFetching && !preview && <FormSkeleton fields={2} />}
        {preview && looked && <WhatComes table={table} verb={many.verb} preview={preview} />}
        {preview && !stuck && (
          <>
            <div>
              <Text fz={13} fw={500} mb={6} id={modeLabel}>
                {t("explorer.batch.mode")}
              </Text>
              <SegmentedControl
                fullWidth
                aria-labelledby={modeLabel}
                data={MODES.map((value) => ({ value, label: t(`explorer.batch.modes.${value}`) }))}
                value={mode}
                onChange={(next) => setMode(next as Mode)}
              />
              <Text fz={12} c="dimmed" mt={6}>
                {t(`explorer.batch.modeHelp.${mode}`)}
              </Text>
            </div>
            {many.verb === "delete" && preview.rows >= TYPED && (
              <TextInput
                label={t("explorer.deleteType", { count: preview.rows })}
                value={typed}
                onChange={(e) => setTyped(e.currentTarget.value)}
                inputMode="numeric"
                autoComplete="off"
              />
            )}
          </>
        )}
        {problem && <Refused problem={problem} />}
        <Group justify="flex-end" gap={8} className={classes.actions}>
          <Button variant="default" onClick={onClose}>
            {t("explorer.cancel")}
          </Button>
          {preview === undefined ? (
            <Button
              type="submit"
              loading={query.isFetching && looked !== null}
              disabled={asks && Object.keys(drafts).length === 0}
            >
              {t("explorer.batch.look")}
            </Button>
          ) : (
            <Button
              type="submit"
              color={many.verb === "delete" ? "red" : undefined}
              loading={begin.isPending}
              disabled={stuck || unconfirmed || preview.rows === 0}
            >
              {t(`explorer.batch.begin.${many.verb}`, { count: preview.rows, shown: formatNumber(preview.rows) })}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
