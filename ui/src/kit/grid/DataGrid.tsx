// biome-ignore-all lint/a11y/useSemanticElements: an ARIA grid of divs, because rows are placed absolutely
/**
 * The data grid: many rows and columns, sorted, chosen, arranged and edited without leaving the keyboard.
 *
 * Rows come in pages by `loadMore`; only those on screen are in the document. State lives with the page (see `types.ts`).
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useKeyboardShortcuts } from "~/lib/preferences";
import { ColumnPicker } from "./ColumnPicker";
import type { PlacedColumn } from "./columns";
import { GridHeader } from "./GridHeader";
import { GridRow, SkeletonRow } from "./GridRow";
import { GridStatus } from "./GridStatus";
import classes from "./grid.module.css";
import type { Position } from "./navigation";
import { isSingle, rangeOf } from "./range";
import { isSelected } from "./selection";
import { Slots } from "./slots";
import { type DataGridProps, type EditMove, NO_SELECTION, ROW_HEIGHT, type SortTerm } from "./types";
import { useAhead } from "./useAhead";
import { useAside } from "./useAside";
import { useColumnLayout } from "./useColumnLayout";
import { type Editing, useEditing } from "./useEditing";
import { useGridCommands } from "./useGridCommands";
import { useGridKeys } from "./useGridKeys";
import { useGridPointer } from "./useGridPointer";
import { useNeeds } from "./useNeeds";
import { usePaste } from "./usePaste";
import { useRowKeys } from "./useRowKeys";
import { useVirtualCells } from "./useVirtualCells";
import { useWidth } from "./useWidth";

const HEAD_ONE_LINE = 34;
const HEAD_TWO_LINES = 46;
/** One array, so that the header stays as it is. */
const NO_SORT: readonly SortTerm[] = [];
/** Load the next page when fewer rows than this are left below. */
const AHEAD = 50;

export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { columns, rows, rowKey, loading = false, hasMore = false, loadMore, density = "normal" } = props;
  const selection = props.selection ?? NO_SELECTION;
  const rowHeight = ROW_HEIGHT[density];
  const headHeight = columns.some((c) => c.hint) ? HEAD_TWO_LINES : HEAD_ONE_LINE;
  const scroller = useRef<HTMLDivElement>(null);
  const selectable = props.onSelection !== undefined;
  const openOnClick = props.onRowOpen !== undefined && props.onCellEdit === undefined;
  const openable = props.onRowOpen !== undefined && !openOnClick;
  const hasGutter = selectable || openable;
  const gutter = (selectable ? 34 : 0) + (openable ? 28 : 0);
  const [menuColumn, setMenuColumn] = useState<string | null>(null);
  const [notice, setNotice] = useNotice();
  const [letters] = useKeyboardShortcuts();

  const width = useWidth(scroller) - gutter;
  const needs = useNeeds(columns, rows, scroller, width > 0);
  const room = useMemo(() => ({ width, needs }), [width, needs]);
  const columnLayout = useColumnLayout(columns, props.columnState, props.onColumnState, props.layoutKey, room);
  const { layout } = columnLayout;
  const { placed } = layout;
  const editor = useEditing(rowKey, props.onCellEdit, props.readOnlyReason ?? null);
  const keys = useRowKeys(rows, rowKey);
  const ahead = props.ahead ?? 0;
  const listed = useMemo(() => (ahead === 0 ? keys : keys.slice(ahead)), [keys, ahead]);

  const skeletons = loading ? (rows.length === 0 ? 24 : hasMore ? 3 : 0) : 0;
  const [position, setPosition] = useState<Position>({ row: 0, col: hasGutter ? 1 : 0 });
  const virtual = useVirtualCells({
    scroller,
    layout,
    rowCount: rows.length + skeletons,
    rowHeight,
    headHeight,
    gutter,
    activeRow: position.row,
    activeColumn: position.col - (hasGutter ? 1 : 0),
  });
  const reveal = useCallback(
    (at: Position) => {
      if (at.row >= 0) virtual.rows.scrollToIndex(at.row, { align: "auto" });
      const col = at.col - (hasGutter ? 1 : 0);
      if (col >= layout.pinnedCount) virtual.columns.scrollToIndex(col, { align: "auto" });
    },
    [virtual.rows, virtual.columns, hasGutter, layout.pinnedCount],
  );
  const [anchor, setAnchor] = useState<Position | null>(null);
  const ranged = props.onCells !== undefined;
  const range = ranged ? rangeOf(anchor, position) : undefined;
  const commands = useGridCommands({
    props,
    range,
    unmark: () => setAnchor(null),
    keys,
    selection,
    columnLayout,
    hasGutter,
    scroller,
    startEdit: editor.start,
    openMenu: setMenuColumn,
    say: setNotice,
  });
  const grid = useGridKeys({
    root: scroller,
    extent: {
      rows: rows.length,
      cols: placed.length + (hasGutter ? 1 : 0),
      page: Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 600) - headHeight) / rowHeight) - 1),
    },
    hasGutter,
    commands,
    reveal,
    letters,
    position,
    setPosition,
    anchoring: ranged ? { anchor, setAnchor } : undefined,
  });
  const pointer = useGridPointer({
    commands,
    setActive: grid.setActive,
    openOnClick,
    openable,
    anchoring: ranged ? { mark: setAnchor, extend: () => setAnchor((from) => from ?? position) } : undefined,
  });
  usePaste(scroller, commands.paste);
  useAside(scroller);

  const following = useAhead({ ahead, hasGutter, active: grid.active, setActive: grid.setActive });

  const items = virtual.rows.getVirtualItems();
  const [slots] = useState(() => new Slots());
  const places = slots.assign(items.map((item) => keys[item.index] ?? `skeleton-${item.index}`));
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loading && last >= rows.length - AHEAD) loadMore?.();
  }, [hasMore, loading, last, rows.length, loadMore]);

  const cells = virtual.columns.getVirtualItems();
  const indices = useStable(cells.map((item) => item.index));
  const visible = useMemo(() => indices.flatMap((i) => placed[i] ?? []), [indices, placed]);

  const after = (move: EditMove | undefined, row: number, col: number) => {
    const next = { ...MOVES[move ?? "stay"] };
    const at = { row: row + next.row, col: col + next.col };
    grid.setActive({ row: clamp(at.row, 0, rows.length - 1), col: clamp(at.col, 0, placed.length) }, true);
  };
  const latest = useRef({ after, rows, keys, placed });
  latest.current = { after, rows, keys, placed };
  const { commit, cancel } = editor;
  const renderEditor = useCallback(
    (row: Row, { column }: PlacedColumn<Row>, editing: Editing) => {
      const where = () => {
        const { keys, placed } = latest.current;
        const col = placed.findIndex((p) => p.column.key === column.key) + (hasGutter ? 1 : 0);
        return [keys.indexOf(editing.rowKey), col] as const;
      };
      return column.editor?.({
        row,
        column,
        saving: editing.saving,
        error: editing.error,
        cancel: () => {
          cancel();
          latest.current.after("stay", ...where());
        },
        commit: async (value, move) => {
          if (await commit(row, column, value)) latest.current.after(move, ...where());
        },
      });
    },
    [commit, cancel, hasGutter],
  );

  const chosen = selection.all || selection.keys.length > 0;
  const onScreen = virtual.rows.range;
  const block = range && !isSingle(range) ? range : null;
  const total = gutter + layout.width;
  const exact = props.total?.kind === "exact" ? props.total.value : hasMore ? null : rows.length - ahead;

  return (
    <div className={classes.root}>
      <div
        ref={scroller}
        role="grid"
        tabIndex={-1}
        aria-label={props.ariaLabel}
        aria-rowcount={exact === null ? -1 : exact + ahead + 1}
        aria-colcount={placed.length + (hasGutter ? 1 : 0)}
        aria-multiselectable={selectable || undefined}
        aria-readonly={props.onCellEdit ? undefined : true}
        aria-busy={loading || props.stale || undefined}
        className={classes.scroller}
        data-stale={props.stale || undefined}
        data-openable={openOnClick || undefined}
        onKeyDown={grid.onKeyDown}
        onFocus={(e) => {
          following.onFocus();
          grid.onFocus(e);
        }}
        onBlur={following.onBlur}
        {...pointer}
      >
        <GridHeader
          height={headHeight}
          width={total}
          gutter={gutter}
          hasGutter={hasGutter}
          selectable={selectable}
          columns={visible}
          indices={indices}
          activeCol={grid.active.row === -1 ? grid.active.col : -1}
          selection={selection}
          keys={listed}
          sort={props.sort ?? NO_SORT}
          menuColumn={menuColumn}
          onMenu={setMenuColumn}
          commands={commands}
          layoutControl={columnLayout}
          onSort={props.onSort}
          allColumns={columns}
          onColumnFilter={props.onColumnFilter}
        />
        <div role="rowgroup" className={classes.body} style={{ height: virtual.rows.getTotalSize(), width: total }}>
          {items.map((item, i) => {
            const row = rows[item.index];
            const top = item.start - headHeight;
            if (row === undefined) {
              return (
                <SkeletonRow
                  key={`skeleton-${item.index}`}
                  index={item.index}
                  top={top}
                  height={rowHeight}
                  width={total}
                  gutter={gutter}
                  columns={visible}
                />
              );
            }
            const id = keys[item.index] ?? "";
            return (
              <GridRow
                key={places[i]}
                row={row}
                index={item.index}
                top={top}
                height={rowHeight}
                width={total}
                gutter={gutter}
                hasGutter={hasGutter}
                selectable={selectable}
                openable={openable}
                columns={visible}
                indices={indices}
                activeCol={grid.active.row === item.index ? grid.active.col : -1}
                selected={chosen && isSelected(selection, id)}
                open={props.openRow === id}
                markedFrom={block && item.index >= block.top && item.index <= block.bottom ? block.left : -1}
                markedTo={block && item.index >= block.top && item.index <= block.bottom ? block.right : -1}
                marks={props.marks?.get(id)}
                mark={props.rowMarks?.get(id)}
                listed={item.index >= ahead}
                editing={editor.editing?.rowKey === id ? editor.editing : null}
                renderEditor={renderEditor}
              />
            );
          })}
        </div>
      </div>
      {rows.length === 0 && !loading && (
        <div className={classes.empty} style={{ top: headHeight }}>
          {props.empty}
        </div>
      )}
      {props.stale && <div className={classes.progress} aria-hidden />}
      {chosen && props.selectionBar}
      <GridStatus
        range={
          rows.length > ahead && onScreen
            ? [Math.max(onScreen.startIndex - ahead, 0) + 1, Math.min(onScreen.endIndex + 1, rows.length) - ahead]
            : null
        }
        total={props.total}
        loaded={rows.length - ahead}
        hasMore={hasMore}
        onCountExact={props.onCountExact}
        notice={notice}
        density={density}
        onDensity={props.onDensity}
        columnPicker={
          <ColumnPicker
            columns={columns}
            state={columnLayout.state}
            onChange={columnLayout.change}
            onReset={columnLayout.reset}
          />
        }
        footer={props.footer}
      />
    </div>
  );
}

const MOVES: Record<EditMove, Position> = {
  stay: { row: 0, col: 0 },
  down: { row: 1, col: 0 },
  up: { row: -1, col: 0 },
  next: { row: 0, col: 1 },
  previous: { row: 0, col: -1 },
};

const clamp = (n: number, least: number, most: number) => Math.max(least, Math.min(most, n));

/** The same array while its numbers are the same, so that memoised rows stay untouched. */
function useStable(next: number[]): number[] {
  const kept = useRef(next);
  if (kept.current.length !== next.length || kept.current.some((n, i) => n !== next[i])) kept.current = next;
  return kept.current;
}

/** A short remark in the status line; goes after some seconds. */
function useNotice(): [string | null, (text: string) => void] {
  const [notice, setNotice] = useState<{ text: string } | null>(null);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => setNotice(null), 6000);
    return () => clearTimeout(timer);
  }, [notice]);
  return [notice?.text ?? null, useCallback((text: string) => setNotice({ text }), [])];
}
