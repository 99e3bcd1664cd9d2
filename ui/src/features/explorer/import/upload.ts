// Sending a file for a table.
import { api } from "~/lib/api";
import { tablePath } from "../data";
import type { TableRef } from "../model";
import type { RowImport } from "./model";

/** How CSV is to be read; what isn't said is guessed. */
export interface Reading {
  delimiter?: string;
  header?: boolean;
}

export async function send(ref: TableRef, file: File, reading: Reading = {}, signal?: AbortSignal): Promise<RowImport> {
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const query: [string, string][] = [["name", file.name]];
  if (reading.delimiter !== undefined) query.push(["delimiter", reading.delimiter]);
  if (reading.header !== undefined) query.push(["header", String(reading.header)]);
  return (
    await api.post<RowImport>(`${tablePath(ref)}/imports`, file, { query, headers, ...(signal ? { signal } : {}) })
  ).data;
}
