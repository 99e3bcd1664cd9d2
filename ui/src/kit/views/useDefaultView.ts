/** A list that is opened without a word about how begins with its default view. */
import { useEffect, useRef } from "react";
import type { Address } from "~/kit/resource/address";
import { defaultOf, patchOf, type ViewState } from "./data";

export function useDefaultView({ page, views, state }: ViewState, address: Address): void {
  // Once for each visit of a page: whoever then clears the filters means it.
  const begun = useRef<string | null>(null);
  const untouched = state === "" && address.get("view") === undefined && address.get("row") === undefined;
  useEffect(() => {
    if (begun.current === page || views.length === 0) return;
    begun.current = page;
    const first = untouched ? defaultOf(views) : undefined;
    if (first) address.set(patchOf(first), true);
  }, [page, views, untouched, address]);
}
