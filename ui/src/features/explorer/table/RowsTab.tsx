/** The rows of a table in the grid: filtered, sorted, edited, opened, deleted. */
import { Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Info, RefreshCw } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
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
  useRowKeys,
} from "~/kit/grid";
import { ListFailed } from "~/kit/resource/list-failed";
import { useListDensity } from "~/kit/views/useListDensity";
import { ViewPicker } from "~/kit/views/ViewPicker";
import { toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { ListSkeleton } from "~/primitives/skeletons";
import { NoMatch, NothingYet, StaleNotice } from "~/primitives/states";
import { BatchNotice } from "../batch/BatchNotice";
import type { Many } from "../batch/model";
import { TitlesProvider } from "../cells/titles";
import { refreshRows, rowsQuery, tableQuery } from "../data";
import { doomedKeys } from "../doomed";
import { type CellChange, CellEditor } from "../edit/CellEditor";
import { fieldMessage, useSave } from "../edit/useSave";
import { ExportButton, ExportNotice } from "../export/ExportButton";
import { GroupPicker } from "../group/GroupPicker";
import { canGroup, groupedQuery, readSummaries } from "../group/summaries";
import type { Undo } from "../history/useUndo";
import { ImportButton } from "../import/ImportButton";
import { keyOf } from "../key";
import { LiveLine } from "../live/LiveLine";
import { LiveSwitch } from "../live/LiveSwitch";
import live from "../live/live.module.css";
import { useLive } from "../live/useLive";
import { RevealButton, RevealedNotice } from "../masking/RevealColumns";
import type { Column, Row, Table, TableRef } from "../model";
import { RowDrawer } from "../row/RowDrawer";
import { StagedBar, StagedSwitch } from "../staged/StagedBar";
import { overlay } from "../staged/staged";
import type { StagedChanges } from "../staged/useStaged";
import { CopyRows } from "./CopyRows";
import { filterColumns, gridColumns } from "./columns";
import { RowSelection } from "./RowSelection";
import { SlowNotice } from "./SlowNotice";
import { Refused, SourceAway } from "./TablePage";
import classes from "./table.module.css";
import { useRemoval } from "./useRemoval";
import { type TrashView, useTableState } from "./useTableState";
import { useTotal } from "./useTotal";

const GroupedRows = lazy(() => import("../group/GroupedRows"));

/** One map, so that keys stay what they are. */
const NO_PLACES: ReadonlyMap<Row, string> = new Map();

interface RowsTabProps {
  tableRef: TableRef;
  table: Table;
  undo: Undo;
  changes: StagedChanges;
  /** A new row, or one that is collected already. */
  onInsert: (key?: string) => void;
}

export function RowsTab({ tableRef, table, undo, changes, onInsert }: RowsTabProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [selection, setSelection] = useState<GridSelection>(NO_SELECTION);
  const [adding, setAdding] = useState<string | null>(null);
  const [many, setMany] = useState<Many | null>(null);
  const filterable = useMemo(() => filterColumns(tableRef, table), [tableRef, table]);
  const state = useTableState(filterable, table.trash);
  const [density, setDensity] = useListDensity(state.address);
  const grouped = table.columns.find((column) => column.name === state.group && canGroup(column));
  const rows = useInfiniteQuery({ ...rowsQuery(tableRef, table, state.query), enabled: grouped === undefined });
  const question = JSON.stringify(state.query);
  const [stoppedAt, setStoppedAt] = useState<string | null>(null);
  const waiting = rows.isPending || rows.isPlaceholderData;
  const stopped = stoppedAt === question && waiting && rows.fetchStatus === "idle";
  const stop = () => {
    setStoppedAt(question);
    // Whoever reads is told to stop, too: the request ends, and with it the statement in the database.
    void client.cancelQueries({ queryKey: rowsQuery(tableRef, table, state.query).queryKey });
  };
  const { total, count } = useTotal(tableRef, state.matching, rows.isSuccess);
  const stored = useMemo(() => rows.data?.pages.flatMap((page) => page.rows) ?? [], [rows.data]);
  const { stored: staged } = changes.all;
  const loaded = useMemo(
    () => (staged.size === 0 ? stored : stored.map((row) => overlay(row, staged.get(keyOf(table, row) ?? "")))),
    [stored, staged, table],
  );
  const { fresh } = changes;
  const shown = useMemo(() => (fresh.length === 0 ? loaded : [...fresh, ...loaded]), [fresh, loaded]);
  const { save, dialog } = useSave(tableRef, table, (change) => undo.offer(change, t("explorer.saved")));
  const keyed = table.primary_key.length > 0;
  const busy = useRef(false);
  const holder = useRef<HTMLDivElement>(null);
  const following = useLive(tableRef, table, {
    matching: state.matching,
    rows: stored,
    pages: rows.data?.pages.length ?? 0,
    holder,
  });
  const marks = useMemo(() => new Map([...following.marks, ...changes.marks]), [following.marks, changes.marks]);
  const choosable = keyed && (table.delete.allowed || (table.update.allowed && table.batch.allowed));

  // Without a primary key a row's place is all there is to tell it by; enough for reading.
  const places = useMemo(() => (keyed ? NO_PLACES : new Map(loaded.map((row, i) => [row, `#${i}`]))), [loaded, keyed]);
  const rowKey = useCallback((row: Row) => row.$new ?? keyOf(table, row) ?? places.get(row) ?? "", [table, places]);
  const keys = useRowKeys(stored, rowKey);

  const editor = useCallback(
    (column: Column, props: CellEditorProps<Row>) => (
      <CellEditor {...props} tableRef={tableRef} table={table} field={column} />
    ),
    [tableRef, table],
  );
  const columns = useMemo(() => gridColumns(tableRef.source, table, t, editor), [tableRef.source, table, t, editor]);
  const edit = useCallback(
    async ({ row, column, value }: CellEdit<Row>) => {
      const change = value as CellChange;
      const { value: mine, base, version } = change;
      if (changes.on) {
        const field = table.columns.find((one) => one.name === column.key);
        const why = field ? changes.edit(row, field, change) : null;
        if (why !== null) throw new Error(why);
        return;
      }
      try {
        await save({ key: rowKey(row), version, base: { ...row, [column.key]: base }, values: { [column.key]: mine } });
      } catch (error) {
        throw new Error(fieldMessage(error, column.key));
      }
    },
    [save, rowKey, changes.on, changes.edit, table],
  );
  const refresh = () => {
    void refreshRows(client, tableRef);
    void client.invalidateQueries({ queryKey: tableQuery(tableRef).queryKey });
  };
  const narrow = (change: () => void) => {
    setSelection(NO_SELECTION);
    change();
  };
  const removal = useRemoval({
    tableRef,
    table,
    state,
    rows: stored,
    undo,
    changes,
    onGone: () => setSelection(NO_SELECTION),
  });
  const problem = rows.error && toProblem(rows.error);
  const texts = table.columns.filter((c) => c.category === "text" && c.readable);
  const empty =
    state.trash === "trash" && !state.narrowed ? (
      <NothingYet title={t("explorer.trash.empty")}>{t("explorer.trash.emptyText")}</NothingYet>
    ) : state.narrowed ? (
      <NoMatch onClear={state.clear} />
    ) : (
      <NothingYet
        title={t("explorer.noRows")}
        action={table.insert.allowed && <Button onClick={() => onInsert()}>{t("explorer.insertFirst")}</Button>}
      >
        {t("explorer.noRowsText")}
      </NothingYet>
    );

  return (
    <>
      <FilterBar
        before={
          <>
            <ViewPicker address={state.address} />
            {table.trash !== null && (
              <SegmentedControl
                size="xs"
                aria-label={t("explorer.trash.label")}
                data={(["live", "trash", "all"] as const).map((value) => ({
                  value,
                  label: t(`explorer.trash.views.${value}`),
                }))}
                value={state.trash}
                onChange={(next) => narrow(() => state.setTrash(next as TrashView))}
              />
            )}
          </>
        }
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
        sorting={
          <>
            <GroupPicker table={table} state={state} />
            {!grouped && <SortChips columns={columns} sort={state.sort} onSort={state.setSort} />}
          </>
        }
        aside={
          <>
            <RevealButton tableRef={tableRef} table={table} />
            <StagedSwitch changes={changes} table={table} />
            <ImportButton tableRef={tableRef} table={table} />
            <ExportButton
              tableRef={tableRef}
              table={table}
              matching={state.matching}
              order={state.order}
              shown={shownColumns(columns, state.columns).map((column) => column.key)}
            />
            <CopyRows
              tableRef={tableRef}
              query={
                grouped
                  ? [...state.matching, ...groupedQuery(grouped, readSummaries(table, state.summaries))]
                  : state.query
              }
            />
            <LiveSwitch tableRef={tableRef} live={following} />
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
      <RevealedNotice tableRef={tableRef} />
      {state.unread.length > 0 && (
        <div className={classes.notice} role="status">
          <Info size={14} aria-hidden />
          {t("explorer.unreadFilter", { parts: state.unread.join("&") })}
        </div>
      )}
      <SlowNotice
        tableRef={tableRef}
        table={table}
        query={state.query}
        running={waiting && rows.isFetching}
        stopped={stopped}
        onStop={stop}
        onAgain={() => void rows.refetch()}
      />
      <ExportNotice tableRef={tableRef} table={table} />
      <BatchNotice
        tableRef={tableRef}
        table={table}
        many={many}
        onAsked={(begun) => {
          setMany(null);
          if (begun) setSelection(NO_SELECTION);
        }}
      />
      {rows.isRefetchError && loaded.length > 0 && <StaleNotice onRetry={() => void rows.refetch()} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a key that works anywhere in the grid */}
      <div ref={holder} className={`${classes.grid} ${live.holder}`} onKeyDown={(e) => undoKey(e, undo, changes)}>
        {grouped ? (
          <Suspense fallback={<ListSkeleton rows={14} columns={3} />}>
            <GroupedRows tableRef={tableRef} table={table} state={state} column={grouped} />
          </Suspense>
        ) : problem && loaded.length === 0 ? (
          problem.kind === "unavailable" ? (
            <SourceAway source={tableRef.source} problem={problem} onRetry={() => void rows.refetch()} />
          ) : problem.sql ? (
            <Refused problem={problem} sql={problem.sql} />
          ) : (
            <ListFailed problem={problem} onRetry={() => void rows.refetch()} onClear={state.startOver} />
          )
        ) : (
          <TitlesProvider source={tableRef.source} table={table} rows={shown}>
            <DataGrid<Row>
              columns={columns}
              rows={shown}
              ahead={fresh.length}
              rowKey={rowKey}
              total={total}
              onCountExact={count}
              hasMore={rows.hasNextPage}
              loadMore={() => void rows.fetchNextPage()}
              loading={(rows.isPending && !stopped) || rows.isFetchingNextPage}
              stale={rows.isPlaceholderData && !stopped}
              sort={state.sort}
              onSort={state.setSort}
              onColumnFilter={setAdding}
              selection={choosable ? selection : undefined}
              onSelection={choosable ? setSelection : undefined}
              onRowOpen={(row) => {
                if (row.$new !== undefined) onInsert(row.$new);
                else if (!busy.current) state.setRow(rowKey(row), state.row !== undefined);
              }}
              onClose={state.row === undefined || busy.current ? undefined : () => state.setRow(undefined, true)}
              openRow={state.row ?? null}
              onCellEdit={edit}
              onCells={table.update.allowed ? changes.cells : undefined}
              onRemove={keyed ? removal.removeKeys : undefined}
              marks={marks}
              rowMarks={changes.rowMarks}
              readOnlyReason={toldReason(table.update.reason) ?? null}
              density={density}
              onDensity={setDensity}
              layoutKey={`${tableRef.source}.${tableRef.schema}.${tableRef.table}`}
              columnState={state.columns}
              onColumnState={state.setColumns}
              empty={stopped ? null : empty}
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
                  intoTrash={removal.intoTrash}
                  marking={selection.all ? null : removal.marking(selection.keys)}
                  collecting={changes.on}
                  onDelete={removal.remove}
                  onMany={setMany}
                  onRestore={state.trash === "trash" ? removal.restore : undefined}
                />
              }
            />
          </TitlesProvider>
        )}
        <LiveLine live={following} />
      </div>
      <StagedBar tableRef={tableRef} table={table} changes={changes} onOpen={onInsert} />
      <RowDrawer
        tableRef={tableRef}
        table={table}
        rowKey={state.row}
        rows={stored}
        keys={keys}
        save={changes.on ? changes.collect : save}
        undo={undo}
        busy={busy}
        onOpen={(key) => state.setRow(key, true)}
        onDelete={(key) => removal.remove(doomedKeys(table, [key]))}
        collected={state.row === undefined ? undefined : staged.get(state.row)}
        collecting={changes.on}
      />
      {removal.dialog}
      {dialog}
    </>
  );
}

/** Ctrl-Z takes back what was collected last, or the last change; what is being typed has an undo of its own. */
function undoKey(e: KeyboardEvent<HTMLElement>, undo: Undo, changes: StagedChanges) {
  const typing = e.target instanceof HTMLElement && e.target.closest("input,textarea,[contenteditable]") !== null;
  if (typing || e.key !== "z" || e.shiftKey || !(e.ctrlKey || e.metaKey)) return;
  if (changes.back() || undo.undoLast()) e.preventDefault();
}
