/** A plan as PostgreSQL gives it in JSON, as a tree with what each node costs by itself and what stands out. */

interface RawNode {
  "Node Type": string;
  "Relation Name"?: string;
  Schema?: string;
  Alias?: string;
  "Index Name"?: string;
  "Join Type"?: string;
  Strategy?: string;
  "CTE Name"?: string;
  "Function Name"?: string;
  "Plan Rows": number;
  "Total Cost": number;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Actual Total Time"?: number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Join Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  "Heap Fetches"?: number;
  "Sort Method"?: string;
  "Sort Space Used"?: number;
  "Sort Space Type"?: string;
  "Hash Batches"?: number;
  "Original Hash Batches"?: number;
  "Temp Written Blocks"?: number;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  "Workers Planned"?: number;
  "Workers Launched"?: number;
  "Exact Heap Blocks"?: number;
  "Lossy Heap Blocks"?: number;
  "Sort Key"?: string[];
  "Group Key"?: string[];
  Filter?: string;
  "Join Filter"?: string;
  "Index Cond"?: string;
  "Hash Cond"?: string;
  "Merge Cond"?: string;
  "Recheck Cond"?: string;
  "Never Executed"?: boolean;
  Plans?: RawNode[];
}

export interface RawPlan {
  Plan: RawNode;
  "Planning Time"?: number;
  "Execution Time"?: number;
  Triggers?: { "Trigger Name": string; Time: number; Calls: number }[];
}

export type HintKind =
  | "seqScan"
  | "misestimate"
  | "spilled"
  | "hashSpilled"
  | "filtered"
  | "joinFiltered"
  | "lossy"
  | "heapFetches"
  | "workers"
  | "never";

export interface Hint {
  kind: HintKind;
  /** What the sentence names. */
  values: Record<string, string | number>;
  /** Worth changing something, rather than good to know. */
  strong: boolean;
}

export interface PlanNode {
  id: string;
  name: string;
  /** The table, index or function that it is about. */
  about: string | null;
  conditions: { label: string; text: string }[];
  depth: number;
  estimated: number;
  /** Over all loops; null when it was only planned. */
  actual: number | null;
  loops: number;
  /** Milliseconds over all loops, with and without what is below it. */
  total: number | null;
  own: number | null;
  cost: number;
  /** Its own share of the whole, 0 to 1: of time, or of cost when it was only planned. */
  share: number;
  read: number | null;
  hit: number | null;
  hints: Hint[];
}

export interface ReadPlan {
  nodes: PlanNode[];
  planning: number | null;
  execution: number | null;
  triggers: { name: string; time: number; calls: number }[];
}

/** Rows from which reading a whole table is worth a word. */
const LARGE = 10_000;
/** How far an estimate may be off. */
const OFF = 10;
const CONDITIONS = ["Index Cond", "Hash Cond", "Merge Cond", "Recheck Cond", "Join Filter", "Filter"] as const;
const BLOCK = 8192;

const aboutOf = (raw: RawNode): string | null => {
  const table = raw["Relation Name"] ?? raw["CTE Name"] ?? raw["Function Name"];
  const named = table && raw.Alias && raw.Alias !== table ? `${table} ${raw.Alias}` : table;
  const index = raw["Index Name"];
  return [named, index].filter(Boolean).join(" · ") || null;
};

function nameOf(raw: RawNode): string {
  const join = raw["Join Type"];
  const kind = raw["Node Type"];
  return join && join !== "Inner" ? kind.replace(/ (Join|Loop)$/, ` ${join} $1`) : kind;
}

function hintsOf(raw: RawNode, actual: number | null, loops: number): Hint[] {
  const hints: Hint[] = [];
  const add = (kind: HintKind, strong: boolean, values: Hint["values"] = {}) => hints.push({ kind, strong, values });
  const about = raw["Relation Name"] ?? raw["Node Type"];
  if (actual === null) {
    if (raw["Node Type"] === "Seq Scan" && raw.Filter && raw["Plan Rows"] < LARGE && raw["Total Cost"] > LARGE / 10)
      add("seqScan", true, { table: about, rows: raw["Plan Rows"] });
    return hints;
  }
  if (loops === 0) {
    add("never", false);
    return hints;
  }
  const removed = (raw["Rows Removed by Filter"] ?? 0) * loops;
  const seen = actual + removed;
  if (raw["Node Type"] === "Seq Scan" && raw.Filter && seen >= LARGE && removed > seen * 0.9)
    add("seqScan", true, { table: about, rows: seen });
  else if (removed >= LARGE / 10 && removed > seen * 0.9) add("filtered", true, { kept: actual, removed });
  const joinRemoved = (raw["Rows Removed by Join Filter"] ?? 0) * loops;
  if (joinRemoved >= LARGE && joinRemoved > actual * 9) add("joinFiltered", true, { removed: joinRemoved });
  const [guess, truth] = [Math.max(1, raw["Plan Rows"]), Math.max(1, actual / loops)];
  const off = Math.max(guess / truth, truth / guess);
  if (off >= OFF && Math.max(guess, truth) >= 100)
    add("misestimate", true, { factor: Math.round(off), estimated: guess, actual: Math.round(truth) });
  if (raw["Sort Space Type"] === "Disk") add("spilled", true, { kilobytes: raw["Sort Space Used"] ?? 0 });
  if ((raw["Hash Batches"] ?? 1) > 1) add("hashSpilled", true, { batches: raw["Hash Batches"] ?? 0 });
  if ((raw["Lossy Heap Blocks"] ?? 0) > 0) add("lossy", true, { blocks: raw["Lossy Heap Blocks"] ?? 0 });
  const fetches = raw["Heap Fetches"] ?? 0;
  if (fetches >= LARGE / 10 && fetches > actual / 2) add("heapFetches", true, { fetches, table: about });
  const [planned, launched] = [raw["Workers Planned"] ?? 0, raw["Workers Launched"] ?? 0];
  if (planned > launched) add("workers", false, { planned, launched });
  return hints;
}

/** Reads the plan that a result has in its one cell; null when it isn't one. */
export function readPlan(text: string): ReadPlan | null {
  let raw: RawPlan | undefined;
  try {
    [raw] = JSON.parse(text) as RawPlan[];
  } catch {
    return null;
  }
  if (!raw?.Plan) return null;
  const timed = raw.Plan["Actual Total Time"] !== undefined;
  const timeOf = (node: RawNode) => (node["Actual Total Time"] ?? 0) * (node["Actual Loops"] ?? 1);
  const whole = timed ? timeOf(raw.Plan) : raw.Plan["Total Cost"];
  const nodes: PlanNode[] = [];
  const walk = (node: RawNode, depth: number, id: string) => {
    const loops = node["Actual Loops"] ?? 1;
    const actual = node["Actual Rows"] === undefined ? null : node["Actual Rows"] * loops;
    const below = (node.Plans ?? []).reduce((sum, one) => sum + (timed ? timeOf(one) : one["Total Cost"]), 0);
    const total = timed ? timeOf(node) : null;
    // Of workers side by side the times add up to more than passed.
    const own = Math.max(0, (total ?? node["Total Cost"]) - below);
    nodes.push({
      id,
      name: nameOf(node),
      about: aboutOf(node),
      conditions: [
        ...CONDITIONS.filter((label) => node[label] !== undefined).map((label) => ({
          label,
          text: String(node[label]),
        })),
        ...(["Sort Key", "Group Key"] as const)
          .filter((label) => node[label])
          .map((label) => ({ label, text: (node[label] ?? []).join(", ") })),
      ],
      depth,
      estimated: node["Plan Rows"],
      actual,
      loops,
      total,
      own: timed ? own : null,
      cost: node["Total Cost"],
      share: whole > 0 ? Math.min(1, own / whole) : 0,
      read: node["Shared Read Blocks"] === undefined ? null : node["Shared Read Blocks"] * BLOCK,
      hit: node["Shared Hit Blocks"] === undefined ? null : node["Shared Hit Blocks"] * BLOCK,
      hints: hintsOf(node, actual, loops),
    });
    (node.Plans ?? []).forEach((one, i) => {
      walk(one, depth + 1, `${id}.${i}`);
    });
  };
  walk(raw.Plan, 0, "0");
  return {
    nodes,
    planning: raw["Planning Time"] ?? null,
    execution: raw["Execution Time"] ?? null,
    triggers: (raw.Triggers ?? []).map((one) => ({ name: one["Trigger Name"], time: one.Time, calls: one.Calls })),
  };
}
