/** Rows of other tables that point at this one, counted, with a way to them. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { referrerLink } from "../cells/foreign";
import { referencesQuery } from "../data";
import { keyFilter } from "../key";
import type { Row, Table, TableRef } from "../model";
import classes from "./row.module.css";

interface ReferencesProps {
  tableRef: TableRef;
  table: Table;
  row: Row;
  rowKey: string;
}

export function References({ tableRef, table, row, rowKey }: ReferencesProps) {
  const { t } = useTranslation();
  const counts = useQuery(referencesQuery(tableRef, keyFilter(table, rowKey) ?? []));
  if (counts.isError) return <Failed problem={toProblem(counts.error)} onRetry={() => void counts.refetch()} />;
  if (!counts.data) return <ListSkeleton rows={3} columns={2} />;
  return (
    <div className={classes.references}>
      {table.referenced_by.map((referrer) => {
        const found = counts.data.find(
          (c) => c.constraint === referrer.name && c.schema === referrer.schema && c.table === referrer.table,
        );
        const link = referrerLink(tableRef.source, referrer, row);
        return (
          <Link
            key={`${referrer.schema}.${referrer.table}.${referrer.name}`}
            to={link.to}
            search={link.search}
            className={classes.reference}
          >
            <span className={classes.referenceName}>
              {referrer.schema === table.schema ? referrer.table : `${referrer.schema}.${referrer.table}`}
              <Text span size="xs" c="dimmed">
                {" "}
                {referrer.columns.join(", ")}
              </Text>
            </span>
            <Text span size="xs" c="dimmed">
              {t(`explorer.onDelete.${referrer.on_delete}`)}
            </Text>
            <span className={classes.count} data-none={found?.count === 0 || undefined}>
              {found && found.count !== null ? formatNumber(found.count) + (found.capped ? "+" : "") : "–"}
            </span>
            <ChevronRight size={14} aria-hidden />
          </Link>
        );
      })}
    </div>
  );
}
