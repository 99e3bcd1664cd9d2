// What the board asks for beside its lists.
import { useQuery } from "@tanstack/react-query";
import { api } from "~/lib/api";
import type { JsonSchema } from "~/lib/meta";

/** How often what is on screen is read again. */
export const EVERY = 5000;

export interface Step {
  at: string;
  completed: number;
  discarded: number;
  cancelled: number;
}

export interface KindStatistics {
  kind: string;
  completed: number;
  discarded: number;
  cancelled: number;
  waited_p50: number | null;
  waited_p95: number | null;
  waited_p99: number | null;
  ran_p50: number | null;
  ran_p95: number | null;
  ran_p99: number | null;
}

export interface Statistics {
  since: string;
  step: number;
  capped: boolean;
  steps: Step[];
  kinds: KindStatistics[];
  now: { waiting: number; running: number; later: number; oldest: number | null };
}

export function useStatistics(window: "hour" | "day") {
  return useQuery({
    queryKey: ["work", "statistics", window],
    queryFn: async ({ signal }) =>
      (await api.get<Statistics>("/work/statistics", { query: [["window", window]], signal })).data,
    refetchInterval: EVERY,
  });
}

export interface Kind {
  kind: string;
  description: string;
  max_attempts: number;
  time_limit: number;
  arguments: JsonSchema | null;
}

export function useKinds() {
  return useQuery({
    queryKey: ["work", "kinds"],
    queryFn: async ({ signal }) => (await api.get<{ kinds: Kind[] }>("/work/kinds", { signal })).data.kinds,
    staleTime: 600_000,
  });
}

export interface Attempt {
  attempt: number;
  worker?: string | null;
  started_at: string | null;
  ended_at: string;
  outcome: "completed" | "failed" | "discarded" | "cancelled" | "lost";
  error: string | null;
  log: { at: string; line: string }[];
}

export function useAttempts(id: string, every: number | false) {
  return useQuery({
    queryKey: ["work", "attempts", id],
    queryFn: async ({ signal }) =>
      (await api.get<Attempt[]>(`/jobs/${encodeURIComponent(id)}/attempts`, { signal })).data,
    refetchInterval: every,
  });
}

/** Seconds as people say them: 4 ms, 1.2 s, 3 min. */
export function duration(seconds: number | null, language: string): string | null {
  if (seconds === null) return null;
  const [value, unit] =
    seconds < 1
      ? [seconds * 1000, "millisecond"]
      : seconds < 120
        ? [seconds, "second"]
        : seconds < 7200
          ? [seconds / 60, "minute"]
          : [seconds / 3600, "hour"];
  const digits = value < 10 && unit !== "millisecond" ? 1 : 0;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: unit as string,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value as number);
}
