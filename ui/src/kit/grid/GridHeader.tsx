// biome-ignore-all lint/a11y/useSemanticElements: an ARIA grid of divs, because rows are placed absolutely
// biome-ignore-all lint/a11y/useFocusableInteractive: focus is on the cells (roving tabindex)
/** The sticky header: the checkbox above all rows and one cell for each column on screen. */
import { Checkbox } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { toggleSort } from "./address";
import { moveColumn, nudgeColumn, type PlacedColumn, setHidden, setPinned } from "./columns";
import classes from "./grid.module.css";
import { HeaderCell } from "./HeaderCell";
import { headState } from "./selection";
import type { GridSelection, SortTerm } from "./types";
import type { ColumnLayout } from "./useColumnLayout";
import type { AllCommands } from "./useGridCommands";

interface GridHeaderProps<Row> {
  height: number;
  width: number;
  gutter: number;
  hasGutter: boolean;
  selectable: boolean;
  columns: readonly PlacedColumn<Row>[];
  indices: readonly number[];
  activeCol: number;
  selection: GridSelection;
  keys: readonly string[];
  sort: readonly SortTerm[];
  onSort?: (next: SortTerm[]) => void;
  menuColumn: string | null;
  onMenu: (key: string | null) => void;
  commands: AllCommands;
  layoutControl: ColumnLayout<Row>;
  allColumns: readonly PlacedColumn<Row>["column"][];
  onColumnFilter?: (key: string) => void;
}

function Header<Row>(props: GridHeaderProps<Row>) {
  const { gutter, hasGutter, columns, indices, sort, layoutControl, allColumns, commands } = props;
  const { state, change } = layoutControl;
  const { t } = useTranslation();
  const head = headState(props.selection, props.keys);

  const setSort = (key: string, desc: boolean | null, add: boolean) => {
    const others = add ? sort.filter((term) => term.key !== key) : [];
    if (desc === null) return props.onSort?.(others);
    const there = add && sort.some((term) => term.key === key);
    props.onSort?.(there ? toggleSort(sort, key, true) : [...others, { key, desc }]);
  };

  return (
    <div role="rowgroup" className={classes.head} style={{ height: props.height, width: props.width }}>
      <div role="row" aria-rowindex={1} className={classes.headRow} data-r={-1}>
        {hasGutter && (
          <div
            role="columnheader"
            aria-colindex={1}
            tabIndex={props.activeCol === 0 ? 0 : -1}
            className={classes.gutter}
            data-pinned
            data-c={0}
            aria-label={props.selectable ? t("grid.selectAllLoaded") : t("grid.rowTools")}
            style={{ width: gutter, left: 0 }}
          >
            {props.selectable && (
              <Checkbox
                size="xs"
                tabIndex={-1}
                readOnly
                checked={head === "all"}
                indeterminate={head === "some"}
                aria-label={t("grid.selectAllLoaded")}
              />
            )}
          </div>
        )}
        {columns.map((placed, i) => {
          const key = placed.column.key;
          const col = (indices[i] ?? 0) + (hasGutter ? 1 : 0);
          const { onColumnFilter } = props;
          return (
            <HeaderCell
              key={key}
              placed={placed}
              col={col}
              left={gutter + placed.left}
              active={props.activeCol === col}
              sort={sort}
              menuOpen={props.menuColumn === key}
              onMenu={(open) => props.onMenu(open ? key : null)}
              onDrop={(dragged, after) => change(moveColumn(allColumns, dragged, key, after, state))}
              onResize={(width, end) => layoutControl.resize(key, width, end)}
              actions={{
                sort: (desc, add) => setSort(key, desc, add),
                pin: (pinned) => change(setPinned(allColumns, key, pinned, state)),
                move: (by) => change(nudgeColumn(allColumns, key, by, state)),
                hide: () => change(setHidden(placed.column, true, state)),
                fit: () => commands.fit(key),
                filter: onColumnFilter && (() => onColumnFilter(key)),
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Memoised: scrolling leaves it as it is. */
export const GridHeader = memo(Header) as typeof Header;
