import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { GridTotal } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { countQuery } from "./data";

export interface Total {
  total: GridTotal;
  /** Asks for the exact number. */
  count: () => void;
}

/** The number of rows: the loaded ones when they are all, else an estimate, exact when asked for. */
export function useTotal(
  collection: string,
  matching: QueryPairs,
  loaded: number,
  complete: boolean,
  ready: boolean,
): Total {
  const text = JSON.stringify(matching);
  const [exactFor, setExactFor] = useState<string | null>(null);
  const wanted = exactFor === text;
  const estimate = useQuery({ ...countQuery(collection, matching, "estimated"), enabled: ready && !complete });
  const exact = useQuery({ ...countQuery(collection, matching, "exact"), enabled: ready && !complete && wanted });
  const count = () => setExactFor(text);
  if (complete) return { total: { value: loaded, kind: "exact" }, count };
  const best = (wanted ? exact.data : undefined) ?? estimate.data;
  return {
    total: {
      value: best?.value ?? null,
      kind: best === undefined || best.value === null ? "unknown" : best.exact ? "exact" : "estimated",
      counting: wanted && exact.isFetching,
    },
    count,
  };
}
