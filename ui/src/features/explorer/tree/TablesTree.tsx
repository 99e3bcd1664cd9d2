/** The tree of one source's tables, with search, folding, sizes and marks. */
import { Text, TextInput, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  ChevronRight,
  Eye,
  Layers,
  Lock,
  type LucideIcon,
  Search,
  Split,
  Table2,
  TableCellsMerge,
  Unplug,
} from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { formatBytes, formatCount } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import { tablePath } from "../cells/foreign";
import { tablesQuery } from "../data";
import type { TableKind, TableRef, TableSummary } from "../model";
import { SourceAway } from "../table/TablePage";
import { buildTree, type SchemaNode, type TableNode } from "./tree";
import classes from "./tree.module.css";

const ICON: Record<TableKind, LucideIcon> = {
  table: Table2,
  partitioned: Layers,
  partition: Split,
  view: Eye,
  materialized_view: TableCellsMerge,
  foreign: Unplug,
};

interface TablesTreeProps {
  source: string;
  current: TableRef | undefined;
  onPick?: () => void;
}

export function TablesTree({ source, current, onPick }: TablesTreeProps) {
  const { t } = useTranslation();
  const tables = useQuery(tablesQuery(source));
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [folded, setFolded] = useLocalStorage<string[]>({
    key: `quarterdeck.tree.${source}`,
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const box = useRef<HTMLDivElement>(null);
  const tree = useMemo(() => buildTree(tables.data ?? [], query, open), [tables.data, query, open]);

  if (tables.isError && !tables.data) {
    const problem = toProblem(tables.error);
    const retry = () => void tables.refetch();
    return problem.kind === "unavailable" ? (
      <SourceAway source={source} problem={problem} onRetry={retry} />
    ) : (
      <Failed problem={problem} onRetry={retry} />
    );
  }
  if (!tables.data) return <ListSkeleton rows={12} columns={1} />;
  if (tables.data.length === 0)
    return <NothingYet title={t("explorer.noTables")}>{t("explorer.noTablesText")}</NothingYet>;

  const toggleSchema = (schema: string) =>
    setFolded(folded.includes(schema) ? folded.filter((one) => one !== schema) : [...folded, schema]);
  const togglePartitions = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  // The panel's own schemas are folded until opened, unless a table of theirs is open.
  const isFolded = (node: SchemaNode) =>
    query === "" && folded.includes(node.schema) !== (node.panel && current?.schema !== node.schema);

  return (
    <>
      <TextInput
        size="xs"
        m={8}
        mt={0}
        leftSection={<Search size={13} />}
        placeholder={t("explorer.findTable")}
        aria-label={t("explorer.findTable")}
        value={query}
        onChange={(e) => setQuery(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Escape") setQuery("");
          if (e.key === "ArrowDown") box.current?.querySelector<HTMLElement>("a,button")?.focus();
          if (e.key === "Enter") box.current?.querySelector<HTMLElement>("a")?.click();
        }}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys only move the focus among the links inside */}
      <div ref={box} className={classes.list} onKeyDown={(e) => step(e, box.current)}>
        {tree.map((node) => (
          <section key={node.schema} aria-label={node.schema}>
            <UnstyledButton
              className={classes.schema}
              aria-expanded={!isFolded(node)}
              onClick={() => toggleSchema(node.schema)}
            >
              <ChevronRight
                size={13}
                className={classes.chevron}
                data-open={!isFolded(node) || undefined}
                aria-hidden
              />
              <span className={classes.name}>{node.schema}</span>
              {node.panel && <Lock size={12} aria-label={t("explorer.panelSchema")} />}
              <span className={classes.meta}>{node.count}</span>
            </UnstyledButton>
            {!isFolded(node) &&
              node.tables.map((one) => (
                <TableLink
                  key={one.table.name}
                  node={one}
                  source={source}
                  current={current?.schema === one.table.schema && current.table === one.table.name}
                  unfolded={open.has(`${one.table.schema}.${one.table.name}`)}
                  onUnfold={() => togglePartitions(`${one.table.schema}.${one.table.name}`)}
                  onPick={onPick}
                />
              ))}
          </section>
        ))}
        {tree.length === 0 && (
          <Text size="xs" c="dimmed" p={12}>
            {t("explorer.noTableMatch")}{" "}
            <SmallButton variant="subtle" onClick={() => setQuery("")}>
              {t("explorer.clear")}
            </SmallButton>
          </Text>
        )}
      </div>
    </>
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

/** Arrow keys walk through the visible entries. */
function step(e: KeyboardEvent<HTMLElement>, box: HTMLElement | null): void {
  if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
  const all = [...(box?.querySelectorAll<HTMLElement>("a,button") ?? [])];
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = all[at + (e.key === "ArrowDown" ? 1 : -1)];
  if (at < 0 || !next) return;
  e.preventDefault();
  next.focus();
}
