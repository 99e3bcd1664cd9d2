/** The rows of a table in the grid: filtered, sorted, edited, opened, deleted. */
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Info, RefreshCw } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FilterBar } from "~/kit/filter";
import {
  type CellEdit,
  type CellEditorProps,
  DataGrid,
  type GridSelection,
  NO_SELECTION,
  SortChips,
  shownColumns,
} from "~/kit/grid";
import { ListFailed } from "~/kit/resource/list-failed";
import { ViewPicker } from "~/kit/views/ViewPicker";
import { useDensity } from "~/lib/preferences";
import { toProblem } from "~/lib/problem";
import { NoMatch, NothingYet, StaleNotice } from "~/primitives/states";
import { TitlesProvider } from "../cells/titles";
import { refreshRows, rowsQuery, tableQuery } from "../data";
import { type Doomed, doomedKeys } from "../doomed";
import { type CellChange, CellEditor } from "../edit/CellEditor";
import { fieldMessage, useSave } from "../edit/useSave";
import { ImportButton } from "../import/ImportButton";
import { keyOf } from "../key";
import type { Column, Row, Table, TableRef } from "../model";
import { DeleteDialog } from "../row/DeleteDialog";
import { RowDrawer } from "../row/RowDrawer";
import { filterColumns, gridColumns } from "./columns";
import { ExportButton } from "./ExportButton";
import { RowSelection } from "./RowSelection";
import { Refused, SourceAway } from "./TablePage";
import classes from "./table.module.css";
import { useTableState } from "./useTableState";
import { useTotal } from "./useTotal";

interface RowsTabProps {
  tableRef: TableRef;
  table: Table;
  onInsert: () => void;
}

export function RowsTab({ tableRef, table, onInsert }: RowsTabProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [density, setDensity] = useDensity();
  const [selection, setSelection] = useState<GridSelection>(NO_SELECTION);
  const [adding, setAdding] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Doomed | null>(null);
  const filterable = useMemo(() => filterColumns(table), [table]);
  const state = useTableState(filterable);
  const rows = useInfiniteQuery(rowsQuery(tableRef, table, state.query));
  const { total, count } = useTotal(tableRef, state.matching, rows.isSuccess);
  const loaded = useMemo(() => rows.data?.pages.flatMap((page) => page.rows) ?? [], [rows.data]);
  const { save, dialog } = useSave(tableRef, table);
  const keyed = table.primary_key.length > 0;
  const busy = useRef(false);
  const deletable = keyed && table.delete.allowed;

  // Without a primary key a row's place is all there is to tell it by; enough for reading.
  const places = useMemo(() => new Map(loaded.map((row, i) => [row, `#${i}`])), [loaded]);
  const rowKey = useCallback((row: Row) => keyOf(table, row) ?? places.get(row) ?? "", [table, places]);
  const keys = useMemo(() => loaded.map(rowKey), [loaded, rowKey]);

  const editor = useCallback(
    (column: Column, props: CellEditorProps<Row>) => (
      <CellEditor {...props} tableRef={tableRef} table={table} field={column} />
    ),
    [tableRef, table],
  );
  const columns = useMemo(() => gridColumns(tableRef.source, table, t, editor), [tableRef.source, table, t, editor]);
  const edit = useCallback(
    async ({ row, column, value }: CellEdit<Row>) => {
      const { value: mine, base, version } = value as CellChange;
      try {
        await save({ key: rowKey(row), version, base: { ...row, [column.key]: base }, values: { [column.key]: mine } });
      } catch (error) {
        throw new Error(fieldMessage(error, column.key));
      }
    },
    [save, rowKey],
  );
  const refresh = () => {
    void refreshRows(client, tableRef);
    void client.invalidateQueries({ queryKey: tableQuery(tableRef).queryKey });
  };
  const narrow = (change: () => void) => {
    setSelection(NO_SELECTION);
    change();
  };
  const problem = rows.error && toProblem(rows.error);
  const texts = table.columns.filter((c) => c.category === "text" && c.readable);
  const empty = state.narrowed ? (
    <NoMatch onClear={state.clear} />
  ) : (
    <NothingYet
      title={t("explorer.noRows")}
      action={table.insert.allowed && <Button onClick={onInsert}>{t("explorer.insertFirst")}</Button>}
    >
      {t("explorer.noRowsText")}
    </NothingYet>
  );

  return (
    <>
      <FilterBar
        before={<ViewPicker address={state.address} />}
        columns={filterable}
        value={state.filter}
        onChange={(next) => narrow(() => state.setFilter(next))}
        search={state.search}
        onSearch={texts.length > 0 ? (text) => narrow(() => state.setSearch(text)) : undefined}
        searchPlaceholder={t("explorer.searchIn", {
          columns: texts
            .map((c) => c.name)
            .slice(0, 3)
            .join(", "),
        })}
        adding={adding}
        onAdding={setAdding}
        sorting={<SortChips columns={columns} sort={state.sort} onSort={state.setSort} />}
        aside={
          <>
            <ImportButton tableRef={tableRef} table={table} />
            <ExportButton
              tableRef={tableRef}
              table={table}
              matching={state.matching}
              order={state.order}
              shown={shownColumns(columns, state.columns).map((column) => column.key)}
            />
            <Button
              size="xs"
              variant="default"
              leftSection={<RefreshCw size={14} />}
              onClick={refresh}
              loading={rows.isRefetching}
            >
              {t("explorer.refresh")}
            </Button>
          </>
        }
      />
      {state.unread.length > 0 && (
        <div className={classes.notice} role="status">
          <Info size={14} aria-hidden />
          {t("explorer.unreadFilter", { parts: state.unread.join("&") })}
        </div>
      )}
      {rows.isRefetchError && loaded.length > 0 && <StaleNotice onRetry={() => void rows.refetch()} />}
      <div className={classes.grid}>
        {problem && loaded.length === 0 ? (
          problem.kind === "unavailable" ? (
            <SourceAway source={tableRef.source} problem={problem} onRetry={() => void rows.refetch()} />
          ) : problem.sql ? (
            <Refused problem={problem} sql={problem.sql} />
          ) : (
            <ListFailed problem={problem} onRetry={() => void rows.refetch()} onClear={state.startOver} />
          )
        ) : (
          <TitlesProvider source={tableRef.source} table={table} rows={loaded}>
            <DataGrid<Row>
              columns={columns}
              rows={loaded}
              rowKey={rowKey}
              total={total}
              onCountExact={count}
              hasMore={rows.hasNextPage}
              loadMore={() => void rows.fetchNextPage()}
              loading={rows.isPending || rows.isFetchingNextPage}
              stale={rows.isPlaceholderData}
              sort={state.sort}
              onSort={state.setSort}
              onColumnFilter={setAdding}
              selection={deletable ? selection : undefined}
              onSelection={deletable ? setSelection : undefined}
              onRowOpen={(row) => {
                if (!busy.current) state.setRow(rowKey(row), state.row !== undefined);
              }}
              onClose={state.row === undefined || busy.current ? undefined : () => state.setRow(undefined, true)}
              openRow={state.row ?? null}
              onCellEdit={edit}
              readOnlyReason={table.update.reason}
              density={density}
              onDensity={setDensity}
              layoutKey={`${tableRef.source}.${tableRef.schema}.${tableRef.table}`}
              columnState={state.columns}
              onColumnState={state.setColumns}
              empty={empty}
              ariaLabel={`${table.schema}.${table.name}`}
              selectionBar={
                <RowSelection
                  tableRef={tableRef}
                  table={table}
                  selection={selection}
                  onSelection={setSelection}
                  matching={state.matching}
                  loaded={loaded.length}
                  complete={rows.isSuccess && !rows.isPlaceholderData && !rows.hasNextPage}
                  onDelete={setDeleting}
                />
              }
            />
          </TitlesProvider>
        )}
      </div>
      <RowDrawer
        tableRef={tableRef}
        table={table}
        rowKey={state.row}
        rows={loaded}
        keys={keys}
        save={save}
        busy={busy}
        onOpen={(key) => state.setRow(key, true)}
        onDelete={(key) => setDeleting(doomedKeys(table, [key]))}
      />
      {deleting && (
        <DeleteDialog
          tableRef={tableRef}
          table={table}
          doomed={deleting}
          rows={loaded}
          onClose={() => setDeleting(null)}
          onDeleted={() => {
            setDeleting(null);
            setSelection(NO_SELECTION);
            // The open row is gone, or may be.
            if (state.row && deleting.keys?.includes(state.row) !== false) state.setRow(undefined, true);
          }}
        />
      )}
      {dialog}
    </>
  );
}
