// biome-ignore-all lint/a11y/useSemanticElements: an ARIA grid of divs, because rows are placed absolutely
// biome-ignore-all lint/a11y/useFocusableInteractive: focus is on the cells (roving tabindex)
/**
 * One row of cells. Memoised: scrolling only makes the rows that come into view, of plain elements, since there are many of
 * them in each frame.
 */

import { VisuallyHidden } from "@mantine/core";
import { CircleAlert, CirclePlus, PanelRightOpen, Trash2 } from "lucide-react";
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlacedColumn } from "./columns";
import classes from "./grid.module.css";
import type { RowMark, RowMarks } from "./types";
import type { Editing } from "./useEditing";

export interface GridRowProps<Row> {
  row: Row;
  index: number;
  top: number;
  height: number;
  width: number;
  gutter: number;
  selectable: boolean;
  openable: boolean;
  columns: readonly PlacedColumn<Row>[];
  /** Index in the whole layout of each of `columns`. */
  indices: readonly number[];
  hasGutter: boolean;
  /** Column of the active cell in this row (gutter counted), or -1. */
  activeCol: number;
  selected: boolean;
  open: boolean;
  /** Columns of the marked cells in this row (gutter counted), or -1. */
  markedFrom: number;
  markedTo: number;
  marks: RowMarks | undefined;
  /** Of the row itself. */
  mark: RowMark | undefined;
  /** Not of those that stand before the list. */
  listed: boolean;
  editing: Editing | null;
  renderEditor: (row: Row, column: PlacedColumn<Row>, editing: Editing) => ReactNode;
}

function Row<R>(props: GridRowProps<R>) {
  const { row, index, columns, indices, hasGutter, activeCol, editing } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={props.selectable ? props.selected : undefined}
      className={classes.row}
      data-r={index}
      data-selected={props.selected || undefined}
      data-open={props.open || undefined}
      data-row-mark={props.mark?.kind}
      data-refused={props.mark?.problem !== undefined || undefined}
      style={{ transform: `translateY(${props.top}px)`, height: props.height, width: props.width }}
    >
      {hasGutter && (
        <Gutter
          index={index}
          width={props.gutter}
          active={activeCol === 0}
          selectable={props.selectable && props.listed}
          openable={props.openable}
          selected={props.selected}
          mark={props.mark}
        />
      )}
      {columns.map((placed, i) => {
        const col = (indices[i] ?? 0) + (hasGutter ? 1 : 0);
        const { column, width, pinned, left } = placed;
        const edited = editing?.columnKey === column.key;
        const at = props.gutter + left;
        const mark = props.marks?.[column.key];
        return (
          <div
            key={column.key}
            role="gridcell"
            aria-colindex={col + 1}
            aria-readonly={column.editor ? undefined : true}
            tabIndex={activeCol === col ? 0 : -1}
            className={classes.cell}
            data-c={col}
            data-column={column.key}
            data-align={column.align}
            data-pinned={pinned || undefined}
            data-editing={edited || undefined}
            data-marked={(col >= props.markedFrom && col <= props.markedTo) || undefined}
            data-mark={mark?.kind}
            title={mark?.text}
            aria-invalid={mark?.kind === "wrong" || undefined}
            style={pinned ? { width, left: at } : { width, left: at, position: "absolute" }}
          >
            {edited && editing ? (
              props.renderEditor(row, placed, editing)
            ) : (
              <div className={classes.content}>{column.render(row)}</div>
            )}
          </div>
        );
      })}
    </div>
  );
}

export const GridRow = memo(Row) as typeof Row;

interface GutterProps {
  index: number;
  width: number;
  active: boolean;
  selectable: boolean;
  openable: boolean;
  selected: boolean;
  mark: RowMark | undefined;
}

const MARK_ICON = { new: CirclePlus, doomed: Trash2, changed: CircleAlert };

function Gutter({ index, width, active, selectable, openable, selected, mark }: GutterProps) {
  const { t } = useTranslation();
  const Icon = mark && (mark.problem === undefined ? MARK_ICON[mark.kind] : CircleAlert);
  return (
    <div
      role="gridcell"
      aria-colindex={1}
      tabIndex={active ? 0 : -1}
      className={classes.gutter}
      data-pinned
      data-c={0}
      style={{ width, left: 0 }}
    >
      {selectable && (
        <input
          type="checkbox"
          className={classes.check}
          tabIndex={-1}
          checked={selected}
          readOnly
          aria-label={t("grid.selectRow", { number: index + 1 })}
        />
      )}
      {mark && Icon && (
        <span
          className={classes.rowMark}
          title={[mark.label, mark.problem].filter(Boolean).join(": ")}
          data-over={(selectable && openable) || undefined}
        >
          <Icon size={14} aria-hidden />
          <VisuallyHidden>{[mark.label, mark.problem].filter(Boolean).join(": ")}</VisuallyHidden>
        </span>
      )}
      {openable && (
        <button
          type="button"
          className={classes.opener}
          tabIndex={-1}
          data-opens
          aria-label={t("grid.openRow", { number: index + 1 })}
        >
          <PanelRightOpen size={14} aria-hidden />
        </button>
      )}
    </div>
  );
}

/** A row that stands for one still loading, in the layout of the real ones. */
export function SkeletonRow<R>(props: {
  index: number;
  top: number;
  height: number;
  width: number;
  gutter: number;
  columns: readonly PlacedColumn<R>[];
}) {
  return (
    <div
      className={classes.row}
      aria-hidden
      style={{ transform: `translateY(${props.top}px)`, height: props.height, width: props.width }}
    >
      {props.columns.map(({ column, width, left }, i) => (
        <div
          key={column.key}
          className={classes.cell}
          data-align={column.align}
          style={{ width, left: props.gutter + left, position: "absolute" }}
        >
          <div className={classes.bone} style={{ width: `${35 + ((props.index * 37 + i * 53) % 50)}%` }} />
        </div>
      ))}
    </div>
  );
}
