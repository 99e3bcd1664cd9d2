/** Everything a table's page shows, read from and written to the address bar. */
import { useMemo } from "react";
import { type FilterColumn, fromAddressText, toAddressText, toQuery } from "~/kit/filter";
import { writeName } from "~/kit/filter/quoting";
import { readColumnState, readSort, writeColumnState, writeSort } from "~/kit/grid";
import { useAddress } from "~/kit/resource/address";
import type { QueryPairs } from "~/lib/api";

export type TableState = ReturnType<typeof useTableState>;

/** Which rows of a table with a trash are shown. */
export type TrashView = "live" | "trash" | "all";

/** @param trash the column that says when a row was put into the trash */
export function useTableState(filterable: readonly FilterColumn[], trash: string | null) {
  const address = useAddress();
  const filterText = address.get("filter") ?? "";
  const search = address.get("search") ?? "";
  const order = address.get("order") ?? "";
  const cols = address.get("cols");
  const asked = address.get("trash");
  const view: TrashView = trash === null ? "all" : asked === "trash" || asked === "all" ? asked : "live";
  const decoded = useMemo(() => fromAddressText(filterText), [filterText]);

  // "Last 7 days" becomes fixed bounds once per change, so that further pages continue the same list.
  const matching = useMemo<QueryPairs>(
    () => [
      ...toQuery(decoded.state, { columns: filterable }),
      ...(search === "" ? [] : [["search", search] as [string, string]]),
      ...(trash === null || view === "all"
        ? []
        : [[writeName(trash), view === "trash" ? "not.is.null" : "is.null"] as [string, string]]),
    ],
    [decoded, filterable, search, trash, view],
  );
  const query = useMemo<QueryPairs>(
    () => (order === "" ? matching : [...matching, ["order", order] as [string, string]]),
    [matching, order],
  );
  return {
    address,
    filter: decoded.state,
    /** Parts of the address that are no filter, to be said rather than dropped unseen. */
    unread: decoded.problems,
    search,
    order,
    sort: useMemo(() => readSort(order), [order]),
    columns: useMemo(() => readColumnState(cols), [cols]),
    matching,
    query,
    narrowed: decoded.state.items.length > 0 || search !== "",
    trash: view,
    setTrash: (next: TrashView) => address.set({ trash: next === "live" ? undefined : next }),
    /** The column by whose values rows are put together, and what is told of each group. */
    group: address.get("group"),
    summaries: address.get("sums"),
    setGroup: (column: string | undefined) => address.set({ group: column, row: undefined }, false),
    setSummaries: (text: string) => address.set({ sums: text }),
    row: address.get("row"),
    setFilter: (next: typeof decoded.state) => address.set({ filter: toAddressText(next) }),
    setSearch: (text: string) => address.set({ search: text }),
    setSort: (next: Parameters<typeof writeSort>[0]) => address.set({ order: writeSort(next) }),
    setColumns: (next: Parameters<typeof writeColumnState>[0]) => address.set({ cols: writeColumnState(next) }),
    /** Opening is a step that "back" undoes; going to a neighbour is not. */
    setRow: (row: string | undefined, replace = false) => address.set({ row }, replace),
    clear: () => address.set({ filter: undefined, search: undefined }),
    /** For a question that can't be answered at all. */
    startOver: () => address.set({ filter: undefined, search: undefined, order: undefined }),
  };
}
