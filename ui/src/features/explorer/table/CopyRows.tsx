/** The rows on screen as SQL, a command or a request. */
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { api, type QueryPairs } from "~/lib/api";
import { askedForRows } from "../asked";
import { tablePath } from "../data";
import type { TableRef } from "../model";

/** As many as the first page has. */
const LIMIT = ["limit", "100"] as const;

export function CopyRows({ tableRef, query, quiet }: { tableRef: TableRef; query: QueryPairs; quiet?: boolean }) {
  const limited = [...query, LIMIT];
  return (
    <CopyAs
      quiet={quiet}
      asked={askedForRows(tableRef, limited)}
      sql={async () => (await api.get<{ sql: string }>(`${tablePath(tableRef)}/sql`, { query: limited })).data.sql}
    />
  );
}
