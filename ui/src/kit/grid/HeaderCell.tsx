// biome-ignore-all lint/a11y/useSemanticElements: an ARIA grid of divs, because rows are placed absolutely
/** One column header: sort by click, move by dragging, resize at the edge, everything else in its menu. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { ArrowDown, ArrowUp, ChevronDown } from "lucide-react";
import { type DragEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlacedColumn } from "./columns";
import classes from "./grid.module.css";
import { HeaderMenu, type HeaderMenuActions } from "./HeaderMenu";
import type { SortTerm } from "./types";

/** What is being dragged; the drag data itself can't be read while hovering. */
let dragging: string | null = null;

export interface HeaderCellProps<Row> {
  placed: PlacedColumn<Row>;
  col: number;
  left: number;
  active: boolean;
  sort: readonly SortTerm[];
  menuOpen: boolean;
  onMenu: (open: boolean) => void;
  actions: HeaderMenuActions;
  onDrop: (dragged: string, after: boolean) => void;
  onResize: (width: number, end: boolean) => void;
}

export function HeaderCell<Row>(props: HeaderCellProps<Row>) {
  const { placed, col, left, active, sort, actions } = props;
  const { column, width, pinned } = placed;
  const { t } = useTranslation();
  const [drop, setDrop] = useState<"before" | "after" | null>(null);
  const term = sort.find((s) => s.key === column.key);
  const place = sort.findIndex((s) => s.key === column.key) + 1;
  const after = (e: DragEvent<HTMLElement>) => {
    const box = e.currentTarget.getBoundingClientRect();
    return e.clientX > box.left + box.width / 2;
  };

  return (
    <div
      role="columnheader"
      aria-colindex={col + 1}
      aria-sort={term ? (term.desc ? "descending" : "ascending") : column.sortable ? "none" : undefined}
      aria-keyshortcuts="Enter Shift+Enter Alt+ArrowDown Shift+ArrowLeft Shift+ArrowRight Control+Shift+ArrowLeft Control+Shift+ArrowRight"
      tabIndex={active ? 0 : -1}
      className={classes.headCell}
      data-c={col}
      data-column={column.key}
      data-align={column.align}
      data-pinned={pinned || undefined}
      data-sortable={column.sortable || undefined}
      data-sorted={term ? true : undefined}
      data-drop={drop ?? undefined}
      draggable
      onDragStart={(e) => {
        dragging = column.key;
        e.dataTransfer.effectAllowed = "move";
        e.dataTransfer.setData("text/plain", column.label);
      }}
      onDragEnd={() => {
        dragging = null;
      }}
      onDragOver={(e) => {
        if (dragging === null || dragging === column.key) return;
        e.preventDefault();
        setDrop(after(e) ? "after" : "before");
      }}
      onDragLeave={() => setDrop(null)}
      onDrop={(e) => {
        e.preventDefault();
        setDrop(null);
        if (dragging !== null && dragging !== column.key) props.onDrop(dragging, after(e));
      }}
      onContextMenu={(e) => {
        e.preventDefault();
        props.onMenu(true);
      }}
      style={pinned ? { width, left } : { width, left, position: "absolute" }}
    >
      <Tooltip
        label={column.description}
        disabled={!column.description || props.menuOpen}
        multiline
        maw={320}
        position="bottom-start"
        openDelay={400}
      >
        <div className={classes.headText}>
          <div className={classes.headLabel}>
            {column.badge}
            <span className={classes.ellipsis}>{column.label}</span>
            {term && (
              <span className={classes.sortMark}>
                {term.desc ? <ArrowDown size={13} aria-hidden /> : <ArrowUp size={13} aria-hidden />}
                {sort.length > 1 && <span className={classes.sortPlace}>{place}</span>}
              </span>
            )}
          </div>
          {column.hint && <div className={classes.headHint}>{column.hint}</div>}
        </div>
      </Tooltip>
      <HeaderMenu
        column={column}
        pinned={pinned}
        term={term}
        multi={sort.length > 0 && !(sort.length === 1 && term)}
        opened={props.menuOpen}
        onChange={props.onMenu}
        actions={actions}
      >
        <ActionIcon
          size={20}
          variant="subtle"
          color="gray"
          tabIndex={-1}
          className={classes.headMenu}
          data-open={props.menuOpen || undefined}
          aria-label={t("grid.columnMenu", { column: column.label })}
        >
          <ChevronDown size={14} />
        </ActionIcon>
      </HeaderMenu>
      <ResizeHandle
        width={width}
        label={t("grid.resize", { column: column.label })}
        onResize={props.onResize}
        onFit={actions.fit}
      />
    </div>
  );
}

function ResizeHandle(props: {
  width: number;
  label: string;
  onResize: (width: number, end: boolean) => void;
  onFit: () => void;
}) {
  const start = useRef<{ x: number; width: number } | null>(null);
  const at = (e: PointerEvent) => (start.current ? start.current.width + e.clientX - start.current.x : props.width);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for the pointer only; Shift+arrows do the same by key
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is only kept from the header around
    <div
      className={classes.resizer}
      title={props.label}
      draggable
      onDragStart={(e) => {
        // The header around is draggable; its edge is not.
        e.preventDefault();
        e.stopPropagation();
      }}
      onClick={(e) => e.stopPropagation()}
      onDoubleClick={(e) => {
        e.stopPropagation();
        props.onFit();
      }}
      onPointerDown={(e) => {
        e.stopPropagation();
        start.current = { x: e.clientX, width: props.width };
        e.currentTarget.setPointerCapture(e.pointerId);
      }}
      onPointerMove={(e) => {
        if (start.current) props.onResize(at(e), false);
      }}
      onPointerUp={(e) => {
        const moved = start.current !== null && Math.abs(e.clientX - start.current.x) > 1;
        const width = at(e);
        start.current = null;
        if (moved) props.onResize(width, true);
      }}
    />
  );
}
