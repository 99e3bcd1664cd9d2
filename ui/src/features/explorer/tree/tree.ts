/** The tables of a source as a tree: schemas, tables in them, partitions below their parent. */
import type { TableSummary } from "../model";

export interface TableNode {
  table: TableSummary;
  depth: number;
  /** Partitions below it, for its fold mark. */
  children: number;
}

export interface SchemaNode {
  schema: string;
  /** All tables are the panel's own. */
  panel: boolean;
  count: number;
  tables: TableNode[];
}

/** One line of the tree on screen. */
export type Line =
  | { kind: "schema"; schema: SchemaNode; folded: boolean }
  | { kind: "table"; schema: SchemaNode; node: TableNode };

/** Made once: of five thousand names, most of the time would go into making it anew for each pair. */
const inOrder = new Intl.Collator(undefined, { numeric: true });

export const nameOf = (table: TableSummary) => `${table.schema}.${table.name}`;

/**
 * Groups, nests and filters.
 * @param query matches table and schema names; matching partitions bring their parent along
 * @param open names (`schema.name`) of parents whose partitions are shown; a search shows them all
 */
export function buildTree(tables: readonly TableSummary[], query: string, open: ReadonlySet<string>): SchemaNode[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (table: TableSummary) => words.every((word) => nameOf(table).toLowerCase().includes(word));
  const known = new Set(tables.map(nameOf));
  const children = new Map<string, TableSummary[]>();
  const roots = new Map<string, TableSummary[]>();
  for (const table of [...tables].sort((a, b) => inOrder.compare(a.name, b.name))) {
    const nested = table.parent !== null && known.has(table.parent);
    const place = nested ? children : roots;
    const key = nested ? (table.parent ?? "") : table.schema;
    const list = place.get(key);
    if (list) list.push(table);
    else place.set(key, [table]);
  }
  const hasMatch = (table: TableSummary): boolean =>
    matches(table) || (children.get(nameOf(table)) ?? []).some(hasMatch);

  const flatten = (table: TableSummary, depth: number): TableNode[] => {
    if (words.length > 0 && !hasMatch(table)) return [];
    const below = children.get(nameOf(table)) ?? [];
    const unfolded = words.length > 0 ? below.some(hasMatch) : open.has(nameOf(table));
    return [
      { table, depth, children: below.length },
      ...(unfolded ? below.flatMap((child) => flatten(child, depth + 1)) : []),
    ];
  };

  return [...roots.entries()]
    .map(([schema, list]) => ({
      schema,
      panel: list.every((table) => table.panel),
      count: list.length,
      tables: list.flatMap((table) => flatten(table, 0)),
    }))
    .filter((node) => node.tables.length > 0)
    .sort((a, b) => rank(a) - rank(b) || a.schema.localeCompare(b.schema));
}

/** What of a tree is shown, from top to bottom. */
export function linesOf(tree: readonly SchemaNode[], isFolded: (node: SchemaNode) => boolean): Line[] {
  return tree.flatMap((schema) => {
    const folded = isFolded(schema);
    const tables = folded ? [] : schema.tables.map((node): Line => ({ kind: "table", schema, node }));
    return [{ kind: "schema", schema, folded } satisfies Line, ...tables];
  });
}

/** `public` first, the panel's own schemas last. */
function rank(node: SchemaNode): number {
  return node.panel ? 2 : node.schema === "public" ? 0 : 1;
}
