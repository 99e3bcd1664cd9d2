// Reading and writing the objects of a resource; which cached answers a write makes old.
import { keepPreviousData, type QueryClient, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type QueryPairs } from "~/lib/api";
import { formatCount } from "~/lib/format";
import type { ResourceMeta, Row } from "~/lib/meta";

/** Rows per request; the grid asks for more while scrolling. */
const PAGE = "100";

export interface Loaded {
  row: Row;
  version: string | null;
}

export function objectQuery(resource: Pick<ResourceMeta, "name">, id: string) {
  return queryOptions({
    queryKey: ["object", resource.name, id],
    queryFn: async ({ signal }): Promise<Loaded> => {
      const reply = await api.get<Row>(`/${resource.name}/${encodeURIComponent(id)}`, { signal });
      return { row: reply.data, version: reply.version };
    },
  });
}

/** What the page itself has loaded of an object; asks for nothing. */
export function useKnownObject(resource: ResourceMeta | undefined, id: string | undefined): Loaded | undefined {
  return useQuery({ ...objectQuery(resource ?? { name: "" }, id ?? ""), enabled: false }).data;
}

/** What this caller may do to this object now, and why not. */
export interface ActionState {
  name: string;
  allowed: boolean;
  reason: string | null;
}

export function useActionStates(resource: Pick<ResourceMeta, "name">, id: string | null) {
  return useQuery({
    queryKey: ["object-actions", resource.name, id],
    queryFn: async ({ signal }) =>
      (await api.get<ActionState[]>(`/${resource.name}/${encodeURIComponent(id ?? "")}/actions`, { signal })).data,
    enabled: id !== null,
  });
}

/**
 * @param keep shows the rows of the question before, until those of the new one are there
 * @param every asks again after so many milliseconds, while the page is looked at
 */
export function useRows(collection: string, query: QueryPairs, keep = false, every?: number) {
  return useInfiniteQuery({
    queryKey: ["list", collection, query],
    queryFn: ({ pageParam, signal }) =>
      api.list<Row>(`/${collection}`, {
        query: [...query, ["limit", PAGE], ...(pageParam ? [["cursor", pageParam] as const] : [])],
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keep ? keepPreviousData : undefined,
    // Left out where nothing is said: the client's own rule asks again after a failure.
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
}

export interface Count {
  value: number | null;
  exact: boolean;
}

/** How many rows match. Asked apart from the rows, so that they never wait for it. */
export function countQuery(collection: string, query: QueryPairs, how: "estimated" | "exact") {
  return queryOptions({
    queryKey: ["count", collection, query, how],
    queryFn: async ({ signal }): Promise<Count> => {
      const filters = query.filter(([name]) => name !== "order");
      const page = await api.list<Row>(`/${collection}`, {
        query: [...filters, ["limit", "1"]],
        prefer: [`count=${how}`],
        signal,
      });
      return { value: page.total, exact: how === "exact" && !page.estimated };
    },
    staleTime: 30_000,
  });
}

/** A count as it is shown: nothing while it is asked for, `null` when it couldn't be had. */
export function countText({ isPending, data }: { isPending: boolean; data?: Count }): string | null | undefined {
  if (isPending) return undefined;
  return data && data.value !== null ? formatCount(data.value, !data.exact) : null;
}

/**
 * After a write: everything that may show the old state is read again when it is next on screen.
 * @param gone id of an object that was deleted: asking for it again would only be refused
 */
export async function forget(client: QueryClient, collection: string, gone?: string): Promise<void> {
  const stale = new Set(["list", "count", "object", "object-actions", "ref", "ref-search"]);
  await client.invalidateQueries({
    predicate: ({ queryKey: [kind, name, id] }) =>
      (id === undefined || id !== gone) &&
      ((stale.has(String(kind)) && (name === collection || name === "audit")) || kind === "search"),
  });
}
