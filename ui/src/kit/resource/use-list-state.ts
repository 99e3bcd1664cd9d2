// What a list is asked for: filter, search, sort and columns, read from and written to the address bar.
import { useMemo } from "react";
import { type FilterColumn, type FilterState, fromAddressText, toAddressText, toQuery } from "~/kit/filter";
import { type ColumnState, readColumnState, readSort, type SortTerm, writeColumnState, writeSort } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { type Address, useAddress } from "./address";

export interface ListState {
  address: Address;
  filter: FilterState;
  setFilter: (next: FilterState) => void;
  search: string;
  setSearch: (text: string) => void;
  sort: SortTerm[];
  setSort: (next: SortTerm[]) => void;
  /** Somebody chose the sort; it is not the list's own. */
  sorted: boolean;
  columns: ColumnState | undefined;
  setColumns: (next: ColumnState | undefined) => void;
  /** Filter and search without the sort: what counts and bulk actions are about. */
  matching: QueryPairs;
  query: QueryPairs;
  narrowed: boolean;
  clear: () => void;
}

export function useListState(defaultOrder: string, filterable: readonly FilterColumn[]): ListState {
  const address = useAddress();
  const filterText = address.get("filter") ?? "";
  const search = address.get("search") ?? "";
  const order = address.get("order") ?? "";
  const cols = address.get("cols");

  const filter = useMemo(() => fromAddressText(filterText).state, [filterText]);
  // Relative times ("last 7 days") are turned into fixed bounds once per change, so that paging stays on one set of rows.
  const matching = useMemo<QueryPairs>(
    () => [...toQuery(filter, { columns: filterable }), ...(search ? [["search", search] as [string, string]] : [])],
    [filter, search, filterable],
  );
  const query = useMemo<QueryPairs>(
    () => [...matching, ["order", order || defaultOrder]],
    [matching, order, defaultOrder],
  );

  return {
    address,
    filter,
    setFilter: (next) => address.set({ filter: toAddressText(next) }),
    search,
    setSearch: (text) => address.set({ search: text }),
    sort: useMemo(() => readSort(order || defaultOrder), [order, defaultOrder]),
    setSort: (next) => address.set({ order: writeSort(next) }),
    sorted: order !== "",
    columns: useMemo(() => readColumnState(cols), [cols]),
    setColumns: (next) => address.set({ cols: writeColumnState(next) }),
    matching,
    query,
    narrowed: filter.items.length > 0 || search !== "",
    clear: () => address.set({ filter: undefined, search: undefined, order: undefined }),
  };
}
