// Running an action of the registry: where it is sent and what comes back.

import { fieldsFromSchema } from "~/kit/form/schema";
import { api, type Reply } from "~/lib/api";
import { type ActionMeta, type FieldMeta, idOf, type ResourceMeta, type Row, versionOf } from "~/lib/meta";

/** What an action is run on. */
export type Target =
  | { kind: "none" }
  | { kind: "one"; row: Row; version?: string | null }
  | { kind: "many"; filter: string; expected: number; except: string[] };

export function pathOf(resource: ResourceMeta, action: ActionMeta, target: Target): string {
  if (action.kind === "create") return `/${resource.name}`;
  if (target.kind !== "one") return `/${resource.name}/${action.name}`;
  const object = `/${resource.name}/${encodeURIComponent(idOf(target.row))}`;
  return action.kind === "verb" ? `${object}/${action.name}` : object;
}

export async function runAction(
  resource: ResourceMeta,
  action: ActionMeta,
  target: Target,
  input: Record<string, unknown>,
  idempotencyKey: string,
): Promise<Reply<unknown>> {
  const path = pathOf(resource, action, target);
  if (target.kind === "many") {
    const { filter, expected, except } = target;
    return api.post(path, { filter, expected, except, input }, { idempotencyKey });
  }
  if (target.kind === "one" && action.kind === "delete") {
    return api.delete(path, { version: target.version ?? versionOf(resource, target.row) ?? "*" });
  }
  return api.post(path, input, { idempotencyKey });
}

/** What a bulk action would do to one object. */
export interface TriedRow {
  id: string;
  title: string;
  ok: boolean;
  message: string | null;
}

/** What an action that takes all at once would do, or did, and what it leaves out. */
export interface TriedAll {
  would: number;
  skipped: { reason: string; count: number }[];
}

/** Asks what a bulk action would do to each object, or to all at once; nothing is changed. */
export async function tryAction(
  resource: ResourceMeta,
  action: ActionMeta,
  target: Target & { kind: "many" },
  input: Record<string, unknown>,
): Promise<TriedRow[] | TriedAll> {
  const { filter, expected, except } = target;
  const body = { filter, expected, except, input, dry_run: true };
  const { data } = await api.post<{ rows?: TriedRow[] } & Partial<TriedAll>>(pathOf(resource, action, target), body);
  return data.rows ?? { would: data.would ?? 0, skipped: data.skipped ?? [] };
}

/** The fields a form for this action shows. */
export function inputFields(resource: ResourceMeta, action: ActionMeta): FieldMeta[] {
  const listed = fieldsFromSchema(action.input, resource.fields);
  if (listed.length > 0) return listed;
  if (action.kind === "create") return resource.fields.filter((field) => field.editable !== "never");
  if (action.kind === "update") return resource.fields.filter((field) => field.editable === "always");
  return [];
}

const isEmpty = (value: unknown) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/**
 * Untouched optional fields are left out, so that the server's own defaults hold. What can be nothing and was something
 * when the form opened, `initial`, is sent when it was emptied.
 */
export function inputBody(
  fields: readonly FieldMeta[],
  values: Record<string, unknown>,
  initial: Record<string, unknown> = {},
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (!isEmpty(value) || field.required) body[field.name] = value ?? null;
    else if (field.nullable && !isEmpty(initial[field.name])) body[field.name] = null;
  }
  return body;
}

const SECRETS = ["link", "key", "token", "password"] as const;

export interface OneTimeSecret {
  kind: (typeof SECRETS)[number];
  value: string;
  /** It was also sent to whom it is for. */
  mailed: boolean;
  /** What the link carries, for who has to say it rather than send it. */
  code?: string | null;
}

/** A value in an action's answer that is shown once and never again. */
export function oneTimeSecret(data: unknown): OneTimeSecret | null {
  if (data === null || typeof data !== "object") return null;
  const record = data as Record<string, unknown>;
  for (const kind of SECRETS) {
    const value = record[kind];
    if (typeof value === "string" && value !== "" && value !== "•••")
      return {
        kind,
        value,
        mailed: record.mailed === true,
        code: typeof record.code === "string" ? record.code : null,
      };
  }
  return null;
}

/** A page of this panel that an action's answer leads to at once: its path, whatever host stands before it. */
export function addressToOpen(data: unknown): string | null {
  const open = data !== null && typeof data === "object" ? (data as Record<string, unknown>).open : null;
  if (typeof open !== "string") return null;
  const url = new URL(open, window.location.origin);
  return `/${url.pathname.replace(/^\/+/, "")}${url.search}`;
}

/** The number of objects a bulk action touches before it wants to be typed out. */
export const TYPED_ABOVE = 10;
