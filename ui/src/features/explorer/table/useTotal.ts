/** The number of rows: an estimate first, the exact number when asked for. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { GridTotal } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { countQuery } from "../data";
import type { TableRef } from "../model";

export function useTotal(
  ref: TableRef,
  matching: QueryPairs,
  enabled: boolean,
): { total: GridTotal; count: () => void } {
  const question = JSON.stringify(matching);
  const [asked, setAsked] = useState<string | null>(null);
  const wanted = asked === question;
  const estimate = useQuery({ ...countQuery(ref, matching, "estimated"), enabled });
  const exact = useQuery({ ...countQuery(ref, matching, "exact"), enabled: wanted });
  const best = exact.data ?? estimate.data;
  const total: GridTotal =
    best === undefined || best.value === null
      ? { value: null, kind: "unknown", counting: wanted && exact.isFetching }
      : { value: best.value, kind: best.exact ? "exact" : "estimated", counting: wanted && exact.isFetching };
  const count = () => {
    if (wanted) void exact.refetch();
    else setAsked(question);
  };
  return { total, count };
}
