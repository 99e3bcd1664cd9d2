/** What a batch would do: how many rows, some of them before and after, and what else happens. */
import { Alert, Table as MantineTable, Stack, Text } from "@mantine/core";
import { ArrowRight, RotateCcw, TriangleAlert, Zap } from "lucide-react";
import { useTranslation } from "react-i18next";
import tables from "~/kit/import/import.module.css";
import { formatNumber } from "~/lib/format";
import { toldReason } from "~/lib/refusals/told";
import { CellValue } from "../cells/CellValue";
import type { Column, ReferenceCount, Row, Table } from "../model";
import classes from "./batch.module.css";
import type { Many, Preview } from "./model";

interface WhatComesProps {
  table: Table;
  verb: Many["verb"];
  preview: Preview;
}

export function WhatComes({ table, verb, preview }: WhatComesProps) {
  const { t } = useTranslation();
  const touched = preview.references.filter((one) => one.count !== 0);
  return (
    <Stack gap={12} role="status">
      <Text fz={15} fw={600}>
        {t(`explorer.batch.would.${verb}`, {
          count: preview.rows,
          shown: formatNumber(preview.rows),
          table: table.name,
        })}
      </Text>
      {preview.refused && (
        <Alert
          color="red"
          role="alert"
          icon={<TriangleAlert size={16} aria-hidden />}
          title={t("explorer.batch.refused")}
        >
          {preview.refused.detail}
        </Alert>
      )}
      {preview.sample === null ? (
        <Text fz={13} c="dimmed">
          {t("explorer.batch.unseen")}
        </Text>
      ) : (
        preview.sample.length > 0 && <Sample table={table} verb={verb} sample={preview.sample} />
      )}
      {verb === "delete" && touched.length === 0 && preview.rows > 0 && (
        <Text fz={13} c="dimmed">
          {t("explorer.batch.nothingElse")}
        </Text>
      )}
      {(touched.length > 0 || preview.triggers.length > 0 || !preview.undo.allowed) && (
        <ul className={classes.effects}>
          {touched.map((one) => (
            <Effect key={`${one.schema}.${one.table}.${one.constraint}`} one={one} />
          ))}
          {preview.triggers.map((one) => (
            <li key={one.name}>
              <Zap size={14} aria-hidden />
              <span>{t(`explorer.batch.trigger.${one.each}`, { name: one.name, function: one.function })}</span>
            </li>
          ))}
          {!preview.undo.allowed && (
            <li data-bad>
              <RotateCcw size={14} aria-hidden />
              <span>{t("explorer.batch.noUndo", { reason: toldReason(preview.undo.reason) })}</span>
            </li>
          )}
        </ul>
      )}
      {preview.undo.allowed && preview.rows > 0 && (
        <Text fz={12} c="dimmed">
          {t(`explorer.batch.canUndo.${verb}`)}
        </Text>
      )}
    </Stack>
  );
}

function Sample({ table, verb, sample }: { table: Table; verb: Many["verb"]; sample: NonNullable<Preview["sample"]> }) {
  const { t } = useTranslation();
  const columns = table.columns.filter((column) => sample.some(({ before }) => column.name in before));
  return (
    <div className={tables.scroll}>
      <MantineTable verticalSpacing={6} fz={13} aria-label={t("explorer.batch.sample")}>
        <MantineTable.Thead>
          <MantineTable.Tr>
            {columns.map((column) => (
              <MantineTable.Th key={column.name}>{column.name}</MantineTable.Th>
            ))}
          </MantineTable.Tr>
        </MantineTable.Thead>
        <MantineTable.Tbody>
          {sample.map(({ before, after }) => (
            <MantineTable.Tr key={table.primary_key.map((name) => String(before[name])).join(",")}>
              {columns.map((column) => (
                <MantineTable.Td key={column.name}>
                  <Cell column={column} before={before} after={verb === "delete" ? before : after} />
                </MantineTable.Td>
              ))}
            </MantineTable.Tr>
          ))}
        </MantineTable.Tbody>
      </MantineTable>
    </div>
  );
}

/** One value, or what it was and what it becomes. */
function Cell({ column, before, after }: { column: Column; before: Row; after: Row | null }) {
  const was = before[column.name];
  const becomes = after?.[column.name];
  if (after === null || JSON.stringify(was) === JSON.stringify(becomes))
    return <CellValue value={was} column={column} />;
  return (
    <span className={classes.change}>
      <del>
        <CellValue value={was} column={column} />
      </del>
      <ArrowRight size={12} aria-hidden />
      <ins>
        <CellValue value={becomes} column={column} />
      </ins>
    </span>
  );
}

function Effect({ one }: { one: ReferenceCount }) {
  const { t } = useTranslation();
  const bad = one.on_delete === "restrict" || one.on_delete === "no_action";
  const count = one.count === null ? null : formatNumber(one.count) + (one.capped ? "+" : "");
  return (
    <li data-bad={bad || undefined}>
      <TriangleAlert size={14} aria-hidden />
      <span>
        <strong>
          {one.schema}.{one.table}
        </strong>
        {": "}
        {count === null
          ? t("explorer.effect.unknown")
          : t(`explorer.effect.${one.on_delete}`, { rows: count, columns: one.columns.join(", ") })}
      </span>
    </li>
  );
}
