// Names for references. A list shows many at once, so ids asked for in the same moment travel in one request.
import { useQuery } from "@tanstack/react-query";
import { api } from "~/lib/api";
import { idOf, metaQuery, type ResourceMeta, type Row, resourceNamed, titleOf } from "~/lib/meta";

type Waiting = { resolve: (title: string | null) => void; reject: (error: unknown) => void };
const waiting = new Map<string, Map<string, Waiting[]>>();

async function flush(resource: ResourceMeta): Promise<void> {
  const asked = waiting.get(resource.name);
  waiting.delete(resource.name);
  if (!asked) return;
  try {
    const list = [...asked.keys()].map((id) => `"${id.replace(/["\\]/g, "\\$&")}"`).join(",");
    const page = await api.list<Row>(`/${resource.name}`, {
      query: [
        ["id", `in.(${list})`],
        ["limit", String(asked.size)],
      ],
    });
    const titles = new Map(page.rows.map((row) => [idOf(row), titleOf(resource, row)]));
    for (const [id, all] of asked) for (const { resolve } of all) resolve(titles.get(id) ?? null);
  } catch (error) {
    for (const all of asked.values()) for (const { reject } of all) reject(error);
  }
}

function loadTitle(resource: ResourceMeta, id: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let asked = waiting.get(resource.name);
    if (!asked) {
      asked = new Map();
      waiting.set(resource.name, asked);
      setTimeout(() => flush(resource), 0);
    }
    asked.set(id, [...(asked.get(id) ?? []), { resolve, reject }]);
  });
}

/** The title of a referenced object; null while unknown or when it can't be read. */
export function useRefTitle(collection: string | null, id: string | null): string | null {
  const meta = useQuery(metaQuery).data;
  const resource = meta && collection ? resourceNamed(meta, collection) : undefined;
  const readable = resource?.can_read === true && id !== null;
  const query = useQuery({
    queryKey: ["ref", collection, id],
    queryFn: () => (resource && id ? loadTitle(resource, id) : null),
    enabled: readable,
    staleTime: 60_000,
  });
  return query.data ?? null;
}
