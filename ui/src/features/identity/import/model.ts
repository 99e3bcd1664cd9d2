// An import of users as the API tells it.
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";

export const TARGETS = [
  "email",
  "name",
  "first_name",
  "last_name",
  "language",
  "organization",
  "role",
  "level",
] as const;
export type Target = (typeof TARGETS)[number];

export interface Settings {
  map: Partial<Record<Target, string | null>> | null;
  metadata: string[];
  existing: "refuse" | "skip";
  mail: boolean;
}

export interface Fault {
  line: number;
  column: string | null;
  value: string | null;
  code: string;
  message: string;
}

export interface Report {
  rows: number;
  new: number;
  skipped: number;
  faults_total: number;
  faults: Fault[];
}

export interface UserImport {
  id: string;
  name: string;
  status: "new" | "running" | "done" | "failed";
  rows: number;
  created: number | null;
  progress: number | null;
  error: string | null;
  encoding: string;
  delimiter: string;
  columns: { name: string; samples: string[] }[];
  settings: Settings;
  report: Report | null;
}

export function importQuery(id: string) {
  return queryOptions({
    queryKey: ["object", "user-imports", id, "import"],
    queryFn: async ({ signal }) => (await api.get<UserImport>(`/user-imports/${id}`, { signal })).data,
    // A running one is asked after until it has ended.
    refetchInterval: (query) => (query.state.data?.status === "running" ? 1000 : false),
  });
}

/** What a column is used for: a field of the user, a fact of their own, or nothing. */
export function usedAs(settings: Settings, column: string): Target | "metadata" | "" {
  const target = TARGETS.find((one) => settings.map?.[one] === column);
  return target ?? (settings.metadata.includes(column) ? "metadata" : "");
}

/** The settings with one column used for something else; what it was used for before is open again. */
export function withUse(settings: Settings, column: string, use: Target | "metadata" | ""): Settings {
  const map: Settings["map"] = { ...settings.map };
  for (const target of TARGETS) if (map[target] === column) map[target] = null;
  if (use !== "" && use !== "metadata") map[use] = column;
  const metadata = settings.metadata.filter((one) => one !== column);
  return { ...settings, map, metadata: use === "metadata" ? [...metadata, column] : metadata };
}
