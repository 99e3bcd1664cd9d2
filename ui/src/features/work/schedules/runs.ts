// When a cron line comes next, as the server says: it alone knows the zones.
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";

export function runsQuery(cron: string, zone: string) {
  return queryOptions({
    queryKey: ["schedule-runs", cron, zone],
    queryFn: async ({ signal }): Promise<string[]> => {
      const query: [string, string][] = [
        ["cron", cron],
        ["zone", zone],
      ];
      return (await api.get<{ runs: string[] }>("/work/schedule-runs", { query, signal })).data.runs;
    },
    retry: false,
    // The first of them passes.
    staleTime: 30_000,
    refetchInterval: 60_000,
  });
}

/** A moment on the clock of a zone, as one reads it there; null for a zone this browser doesn't know. */
export function onTheClockOf(zone: string | undefined, at: string, language: string): string | null {
  try {
    return new Intl.DateTimeFormat(language, {
      weekday: "short",
      year: "numeric",
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      timeZone: zone,
      timeZoneName: "short",
    }).format(new Date(at));
  } catch {
    return null;
  }
}

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
