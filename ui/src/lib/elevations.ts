// What elevations mean to whoever is signed in: in force, asked for, denied, and waiting for their approval.
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "./api";

export interface ActiveElevation {
  id: string;
  role: string;
  reason: string;
  until: string;
  /** What its role asks of this session before it counts. */
  asks: "second_factor" | "hours" | null;
}

/** An object of `elevations`, as far as these pages show it. */
export interface ElevationRequest {
  id: string;
  requester: string;
  role: string;
  reason: string;
  minutes: number;
  approvals_needed: number;
  approved_by: string[];
  created_at: string;
  answer_by: string;
  decided_by: string | null;
  decided_why: string | null;
}

export interface MyElevations {
  active: ActiveElevation[];
  pending: ElevationRequest[];
  /** Lately. */
  denied: ElevationRequest[];
  waiting: ElevationRequest[];
}

export const elevationsQuery = queryOptions({
  queryKey: ["elevations", "mine"],
  queryFn: async ({ signal }) => (await api.get<MyElevations>("/session/elevations", { signal })).data,
  staleTime: 20_000,
  // Somebody else says yes, so it has to be asked for.
  refetchInterval: 60_000,
});

/** Rights have changed: what the panel knows of them is read again. */
export async function rightsChanged(client: QueryClient): Promise<void> {
  await client.invalidateQueries({
    predicate: ({ queryKey: [kind] }) => ["elevations", "session", "meta", "object-actions"].includes(String(kind)),
  });
}
