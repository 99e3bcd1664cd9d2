/** Before a list that will take long has come: why, which index would serve it, and a way to stop. */
import { Button, Code, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CircleStop, Hourglass, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { QueryPairs } from "~/lib/api";
import { formatCount } from "~/lib/format";
import { CopyButton } from "~/primitives/copy-button";
import { planQuery } from "../data";
import type { Table, TableRef } from "../model";
import classes from "./table.module.css";

/** Smaller tables are read quickly whatever is asked. */
const LARGE = 100_000;

interface SlowNoticeProps {
  tableRef: TableRef;
  table: Table;
  query: QueryPairs;
  /** The list is being read. */
  running: boolean;
  /** Somebody stopped it, and it wasn't asked for again. */
  stopped: boolean;
  onStop: () => void;
  onAgain: () => void;
}

export function SlowNotice({ tableRef, table, query, running, stopped, onStop, onAgain }: SlowNoticeProps) {
  const { t } = useTranslation();
  const large = Number(table.estimated_rows ?? 0) >= LARGE;
  const plan = useQuery({ ...planQuery(tableRef, query), enabled: large && query.length > 0 });
  const slow = plan.data?.slow ? plan.data : null;
  if (!slow && !stopped) return null;
  return (
    <div className={classes.slow} role="status">
      <Hourglass size={14} aria-hidden className={classes.slowIcon} />
      <div className={classes.slowText}>
        <Text fz={13} component="div">
          {stopped
            ? t("explorer.slow.stopped")
            : slow && t("explorer.slow.text", { rows: formatCount(Number(slow.rows), true) })}
        </Text>
        {slow && slow.indexes.length > 0 && (
          <div className={classes.slowIndex}>
            <Code block className={classes.slowSql}>
              {slow.indexes.map((sql) => `${sql};`).join("\n")}
            </Code>
            <CopyButton value={slow.indexes.map((sql) => `${sql};`).join("\n")} label={t("explorer.slow.copy")} />
          </div>
        )}
      </div>
      {running && (
        <Button size="xs" variant="default" leftSection={<CircleStop size={14} aria-hidden />} onClick={onStop}>
          {t("explorer.slow.stop")}
        </Button>
      )}
      {stopped && (
        <Button size="xs" variant="default" leftSection={<RotateCcw size={14} aria-hidden />} onClick={onAgain}>
          {t("explorer.slow.again")}
        </Button>
      )}
    </div>
  );
}
