/** The lines of the tree. Of thousands only those on screen exist; the schema they belong to stays at the top. */
import { UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Eye, Layers, Lock, type LucideIcon, Split, Table2, TableCellsMerge, Unplug } from "lucide-react";
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatCount } from "~/lib/format";
import { tablePath } from "../cells/foreign";
import type { TableKind, TableRef, TableSummary } from "../model";
import { type Line, nameOf, type SchemaNode, type TableNode } from "./tree";
import classes from "./tree.module.css";

const HEIGHT = 28;

const ICON: Record<TableKind, LucideIcon> = {
  table: Table2,
  partitioned: Layers,
  partition: Split,
  view: Eye,
  materialized_view: TableCellsMerge,
  foreign: Unplug,
};

export interface TreeListHandle {
  focusFirst: () => void;
}

interface TreeListProps {
  lines: readonly Line[];
  source: string;
  current: TableRef | undefined;
  /** Parents whose partitions are shown. */
  unfolded: ReadonlySet<string>;
  handle: RefObject<TreeListHandle | null>;
  onSchema: (schema: string) => void;
  onPartitions: (name: string) => void;
  onPick?: () => void;
}

const isCurrent = ({ table }: TableNode, current: TableRef | undefined) =>
  current?.schema === table.schema && current.table === table.name;

/** The line of the schema to which a line belongs. */
function headOf(lines: readonly Line[], index: number): number {
  let at = index;
  while (at > 0 && lines[at]?.kind !== "schema") at--;
  return at;
}

export function TreeList({ lines, source, current, unfolded, handle, onSchema, onPartitions, onPick }: TreeListProps) {
  const box = useRef<HTMLDivElement>(null);
  const head = useRef(0);
  /** The line that takes the focus as soon as it is there. */
  const wanted = useRef<number | null>(null);
  const list = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => HEIGHT,
    overscan: 12,
    scrollPaddingStart: HEIGHT,
    rangeExtractor: useCallback(
      (range: Range) => {
        head.current = headOf(lines, range.startIndex);
        return [...new Set([head.current, ...defaultRangeExtractor(range)])];
      },
      [lines],
    ),
  });

  const at = lines.findIndex((line) => line.kind === "table" && isCurrent(line.node, current));
  const start = useRef(at);
  useEffect(() => {
    if (start.current > 0) list.scrollToIndex(start.current, { align: "center" });
  }, [list]);

  const focus = (index: number) => {
    const element = box.current?.querySelector<HTMLElement>(`[data-index="${index}"] :is(a, button)`);
    wanted.current = element ? null : index;
    element?.focus({ preventScroll: true });
    list.scrollToIndex(index);
  };
  useEffect(() => {
    if (wanted.current !== null) focus(wanted.current);
  });
  useImperativeHandle(handle, () => ({ focusFirst: () => focus(0) }));

  const walk = (e: KeyboardEvent<HTMLElement>) => {
    const row = (e.target as HTMLElement).closest<HTMLElement>("[data-index]");
    const index = Number(row?.dataset.index ?? -1);
    const line = lines[index];
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: lines.length - 1 }[e.key];
    if (line && to !== undefined && lines[to]) focus(to);
    else if (line && (e.key === "ArrowRight" || e.key === "ArrowLeft")) turn(line, e.key === "ArrowRight", index);
    else return;
    e.preventDefault();
  };
  /** Opens or closes what is below a line; closing from within goes to what holds it. */
  const turn = (line: Line, open: boolean, index: number) => {
    if (line.kind === "schema") {
      if (line.folded === open) onSchema(line.schema.schema);
    } else if (line.node.children > 0 && unfolded.has(nameOf(line.node.table)) !== open) {
      onPartitions(nameOf(line.node.table));
    } else if (!open) {
      focus(headOf(lines, index));
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys only move the focus among the links inside
    <div ref={box} className={classes.list} onKeyDown={walk}>
      <ul className={classes.lines} style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start: top }) => {
          const line = lines[index];
          if (!line) return null;
          const stays = index === head.current;
          return (
            <li
              key={line.kind === "schema" ? line.schema.schema : nameOf(line.node.table)}
              className={classes.line}
              data-index={index}
              data-stays={stays || undefined}
              style={stays ? undefined : { transform: `translateY(${top}px)` }}
              aria-setsize={lines.length}
              aria-posinset={index + 1}
            >
              {line.kind === "schema" ? (
                <SchemaHead node={line.schema} folded={line.folded} onTurn={() => onSchema(line.schema.schema)} />
              ) : (
                <TableLink
                  node={line.node}
                  source={source}
                  current={isCurrent(line.node, current)}
                  unfolded={unfolded.has(nameOf(line.node.table))}
                  onUnfold={() => onPartitions(nameOf(line.node.table))}
                  onPick={onPick}
                />
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function SchemaHead({ node, folded, onTurn }: { node: SchemaNode; folded: boolean; onTurn: () => void }) {
  const { t } = useTranslation();
  return (
    <UnstyledButton className={classes.schema} aria-expanded={!folded} onClick={onTurn}>
      <ChevronRight size={13} className={classes.chevron} data-open={!folded || undefined} aria-hidden />
      <span className={classes.name}>{node.schema}</span>
      {node.panel && <Lock size={12} aria-label={t("explorer.panelSchema")} />}
      <span className={classes.meta}>{node.count}</span>
    </UnstyledButton>
  );
}

interface TableLinkProps {
  node: TableNode;
  source: string;
  current: boolean;
  unfolded: boolean;
  onUnfold: () => void;
  onPick?: () => void;
}

function TableLink({ node, source, current, unfolded, onUnfold, onPick }: TableLinkProps) {
  const { t } = useTranslation();
  const { table, depth, children } = node;
  const Icon = ICON[table.kind];
  return (
    <div className={classes.row} data-current={current || undefined} style={{ paddingLeft: 14 + depth * 14 }}>
      <Link
        to={tablePath({ source, schema: table.schema, table: table.name })}
        className={classes.table}
        aria-current={current ? "page" : undefined}
        title={titleOf(table, t)}
        onClick={onPick}
      >
        <Icon size={14} className={classes.icon} aria-label={t(`explorer.kind.${table.kind}`)} />
        <span className={classes.name}>{table.name}</span>
        {table.estimated_rows !== null && (
          <span className={classes.meta}>{formatCount(Number(table.estimated_rows), true)}</span>
        )}
      </Link>
      {children > 0 && (
        <UnstyledButton
          className={classes.unfold}
          aria-expanded={unfolded}
          aria-label={t("explorer.partitions", { count: children, table: table.name })}
          onClick={onUnfold}
        >
          <ChevronRight size={13} className={classes.chevron} data-open={unfolded || undefined} aria-hidden />
        </UnstyledButton>
      )}
    </div>
  );
}

function titleOf(table: TableSummary, t: (key: string, options?: Record<string, unknown>) => string): string {
  return [
    `${table.schema}.${table.name}`,
    t(`explorer.kind.${table.kind}`),
    table.size_bytes !== null && Number(table.size_bytes) > 0 && formatBytes(Number(table.size_bytes)),
    table.panel && t("explorer.panelTable"),
    table.comment,
  ]
    .filter(Boolean)
    .join(" · ");
}
