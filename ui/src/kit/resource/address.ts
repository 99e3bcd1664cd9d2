// The state of a screen lives in the address bar, so that a link, the back button and a reload show the same.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { one, type SearchValues } from "~/lib/search-params";

export interface Address {
  get: (name: string) => string | undefined;
  /** Sets what is given, removes what is undefined; `replace` for changes not worth a step back. */
  set: (patch: Record<string, string | undefined>, replace?: boolean) => void;
}

export function useAddress(): Address {
  // Of the page on screen; the location is the next page's already while that one is being loaded.
  const search = useSearch({ strict: false }) as SearchValues;
  const navigate = useNavigate();
  const set = useCallback<Address["set"]>(
    (patch, replace = true) => {
      void navigate({
        to: ".",
        search: (before: SearchValues) => {
          const next: SearchValues = { ...before };
          for (const [name, value] of Object.entries(patch)) {
            if (value === undefined || value === "") delete next[name];
            else next[name] = value;
          }
          return next;
        },
        replace,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return useMemo(() => ({ get: (name) => one(search, name), set }), [search, set]);
}
