/** What is on screen, or about to be sent, to take along as a command or a request. */
import type { Asked } from "~/kit/copy-as/copy-as";
import type { QueryPairs } from "~/lib/api";
import { rowsPath, tablePath } from "./data";
import { keyFilter, keyValues } from "./key";
import type { Table, TableRef } from "./model";
import type { Compared, Seen } from "./places/places";

const part = encodeURIComponent;

/** Rows of a table. */
export function askedForRows(ref: TableRef, query: QueryPairs): Asked {
  return { ...ofRows(ref, "Accept-Profile", "list"), query };
}

export function askedToInsert(ref: TableRef, values: Record<string, unknown>): Asked {
  return { ...ofRows(ref, "Content-Profile", "create"), method: "POST", body: values };
}

export function askedToUpdate(
  ref: TableRef,
  table: Table,
  key: string,
  version: string | undefined,
  values: Record<string, unknown>,
): Asked {
  const asked = ofRows(ref, "Content-Profile", "update");
  const named = table.primary_key.map((name, i) => `${name}=${keyValues(table, key)?.[i] ?? ""}`);
  return {
    ...asked,
    method: "PATCH",
    headers: { ...asked.headers, ...(version === undefined ? {} : { "If-Match": `"${version}"` }) },
    // The command takes the key as it is, and the version by itself.
    query: [],
    path: `${asked.path}?${new URLSearchParams(keyFilter(table, key)?.map(([name, value]) => [name, value]))}`,
    body: values,
    command: [...(asked.command ?? []), ...named],
  };
}

/** What two people see differently; whoever does it elsewhere takes their places anew, so it is told by command alone. */
export function askedToCompare(ref: TableRef, { first, second }: Compared): Asked {
  const name = ({ who }: Seen) => (who.kind === "user" ? (who.label ?? "") : who.kind);
  const id = ({ who }: Seen) => who.impersonation ?? "own";
  const { source, schema, table } = ref;
  return {
    path: `${tablePath(ref)}/compare`,
    query: [
      ["first", id(first)],
      ["second", id(second)],
    ],
    command: ["data", source, table, "compare"],
    options: { as: name(first), with: name(second), ...(schema === "public" ? {} : { schema }) },
  };
}

/** Something else of a source, for which there is no command of its own. */
export function askedOfSource(source: string, path: string, query: QueryPairs = []): Asked {
  return { path: `/explorer/${part(source)}${path}`, query };
}

function ofRows(ref: TableRef, profile: string, verb: string): Asked {
  const { source, schema, table } = ref;
  const elsewhere = schema !== "public";
  return {
    path: rowsPath(ref),
    query: [],
    headers: elsewhere ? { [profile]: schema } : undefined,
    command: ["data", source, table, verb],
    options: elsewhere ? { schema } : undefined,
  };
}
