/** Rows put together by the value of a column: how many, and their summaries. A click on a group shows its rows. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FilterCondition, toAddressText } from "~/kit/filter";
import { writeName } from "~/kit/filter/quoting";
import { DataGrid, type GridColumn, type SortTerm } from "~/kit/grid";
import { ListFailed } from "~/kit/resource/list-failed";
import { api, type Page } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { NoMatch } from "~/primitives/states";
import { TitlesProvider } from "../cells/titles";
import { rowsKey, rowsPath } from "../data";
import type { Column, Row, Table, TableRef } from "../model";
import { gridColumns } from "../table/columns";
import type { TableState } from "../table/useTableState";
import { countKey, readSummaries, selectOf } from "./summaries";

interface GroupedRowsProps {
  tableRef: TableRef;
  table: Table;
  state: TableState;
  column: Column;
}

const PAGE = "100";

export default function GroupedRows({ tableRef, table, state, column }: GroupedRowsProps) {
  const { t } = useTranslation();
  const count = countKey(column);
  const summaries = useMemo(() => readSummaries(table, state.summaries), [table, state.summaries]);
  const [sort, setSort] = useState<SortTerm[]>([]);
  const known = sort.filter((term) => [column.name, count, ...summaries.map((one) => one.key)].includes(term.key));
  const order = known.length > 0 ? known : [{ key: count, desc: true }];
  const select = selectOf(column, summaries);
  const groups = useInfiniteQuery({
    queryKey: [...rowsKey(tableRef), "groups", state.matching, order, select],
    queryFn: ({ pageParam, signal }): Promise<Page<Row>> =>
      api.list<Row>(rowsPath(tableRef), {
        query: [
          ...state.matching,
          ["select", select],
          ["order", order.map(({ key, desc }) => `${writeName(key)}${desc ? ".desc" : ".asc"}`).join(",")],
          ["limit", PAGE],
          ...(pageParam === "" ? [] : [["cursor", pageParam] as [string, string]]),
        ],
        headers: { "Accept-Profile": tableRef.schema },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => groups.data?.pages.flatMap((page) => page.rows) ?? [], [groups.data]);
  const columns = useMemo((): GridColumn<Row>[] => {
    const own = gridColumns(tableRef.source, table, t, () => null).filter((one) => one.key === column.name);
    const number = (key: string, label: string, hint: string): GridColumn<Row> => ({
      key,
      label,
      hint,
      align: "right",
      width: 150,
      sortable: true,
      render: (row) => shown(row[key]),
      text: (row) => String(row[key] ?? ""),
    });
    return [
      ...own.map(({ editable: _, editor: __, ...rest }) => rest),
      number(count, t("explorer.group.rows"), t("explorer.group.count")),
      ...summaries.map((one) => number(one.key, one.column.name, t(`explorer.group.functions.${one.by}`))),
    ];
  }, [tableRef.source, table, t, column, count, summaries]);
  const open = (row: Row) => {
    const value = row[column.name];
    const condition: FilterCondition = { kind: "condition", column: column.name, op: "eq", value: String(value) };
    const items = [
      ...state.filter.items,
      value === null ? { ...condition, op: "is" as const, value: "null" } : condition,
    ];
    state.address.set({ group: undefined, filter: toAddressText({ items }) }, false);
  };
  if (groups.isError && rows.length === 0)
    return (
      <ListFailed problem={toProblem(groups.error)} onRetry={() => void groups.refetch()} onClear={state.startOver} />
    );
  return (
    <TitlesProvider source={tableRef.source} table={table} rows={rows}>
      <DataGrid<Row>
        columns={columns}
        rows={rows}
        rowKey={(row) => JSON.stringify(row[column.name] ?? null)}
        hasMore={groups.hasNextPage}
        loadMore={() => void groups.fetchNextPage()}
        loading={groups.isPending || groups.isFetchingNextPage}
        stale={groups.isPlaceholderData}
        sort={known}
        onSort={setSort}
        onRowOpen={open}
        empty={<NoMatch onClear={state.clear} />}
        ariaLabel={t("explorer.group.label", { table: table.name, column: column.name })}
      />
    </TitlesProvider>
  );
}

/** A number as people read it; anything else as it is. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "–";
  const text = String(value);
  // Only what a float holds exactly is formatted: no digit is lost.
  return /^-?\d{1,15}$/.test(text) ? formatNumber(Number(text)) : text;
}
