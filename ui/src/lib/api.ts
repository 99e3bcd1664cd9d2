// The one HTTP client of the panel. Everything a page shows or does goes through here, so that sessions that end,
// versions (ETag / If-Match), retry keys and problems are treated the same everywhere.
import { actingFor } from "./acting";
import { type Door, doorOf, isSigningIn } from "./door";
import { learnPlace, PLACE, placeMeant } from "./place";
import { Problem, problemFrom } from "./problem";
import { revealHeader } from "./reveal";
import { readEvents, type ServerEvent } from "./server-events";
import { askForProof } from "./step-up";

export { type Conflict, type FieldConflict, type FieldError, Problem, toProblem } from "./problem";

export const API_BASE = "/api/v1";

/** Repeated names are allowed, which PostgREST's grammar needs (`age=gte.18&age=lt.65`). */
export type QueryPairs = readonly (readonly [string, string])[];

export interface RequestOptions {
  query?: QueryPairs;
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent as `If-Match`; the plain version, quotes are added here. `"*"` forces. */
  version?: string;
  /** Sent as `Prefer`; several preferences are joined by a comma. */
  prefer?: string[];
  /** Give the same key when you repeat a POST after a lost answer, so that it is not done twice. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface Reply<T> {
  data: T;
  status: number;
  /** From `ETag`, without quotes. */
  version: string | null;
  location: string | null;
  requestId: string | null;
  headers: Headers;
}

export interface Page<T> {
  rows: T[];
  /** null when the server was not asked to count. */
  total: number | null;
  /** The total is an estimate although an exact one was asked for. */
  estimated: boolean;
  next: string | null;
  prev: string | null;
}

type Listener = (problem: Problem, door: Door) => void;
let onUnauthenticated: Listener | null = null;

/** The shell registers here to lead back to the sign-in page when a session ended meanwhile. */
export function whenUnauthenticated(listener: Listener): void {
  onUnauthenticated = listener;
}

/** Random enough for an `Idempotency-Key`; `randomUUID` is missing on plain HTTP away from localhost. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function urlOf(path: string, query?: QueryPairs): string {
  const search = query?.length ? `?${new URLSearchParams(query.map(([name, value]) => [name, value])).toString()}` : "";
  return `${API_BASE}${path}${search}`;
}

function unquoted(etag: string | null): string | null {
  return etag === null ? null : etag.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}

/** Whose session is meant where a browser has both, for which organization, and in whose place tables are seen. */
function meaning(path: string, door: Door): Record<string, string> {
  if (door.kind === "staff") {
    const place = placeMeant(path);
    return place === null ? {} : { [PLACE]: place };
  }
  const organization = path.startsWith(door.own) ? null : actingFor();
  return organization === null
    ? { "Quarterdeck-Account": "user" }
    : { "Quarterdeck-Account": "user", "Quarterdeck-Organization": organization };
}

/** Sends; when a fresh proof of the person is wanted, asks for it and sends once more. */
async function send<T>(method: string, path: string, options: RequestOptions = {}): Promise<Reply<T>> {
  const door = doorOf(path, window.location.pathname);
  // The same key both times: a request that is refused has used it up for nothing.
  const keyed = method === "POST" ? { ...options, idempotencyKey: options.idempotencyKey ?? newKey() } : options;
  try {
    return await sendOnce<T>(method, path, door, keyed);
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== "step-up" || !(await askForProof(door))) throw error;
    return sendOnce<T>(method, path, door, keyed);
  }
}

async function sendOnce<T>(method: string, path: string, door: Door, options: RequestOptions): Promise<Reply<T>> {
  const response = await ask(method, path, door, options);
  const text = response.status === 204 || response.status === 205 ? "" : await response.text();
  let data: unknown = null;
  if (text !== "") {
    try {
      data = JSON.parse(text);
    } catch {
      throw new Problem(
        { type: "/problems/unreadable", title: "The answer can't be read", status: response.status },
        { requestId: response.headers.get("X-Request-Id") },
      );
    }
  }
  return {
    data: data as T,
    status: response.status,
    version: unquoted(response.headers.get("ETag")),
    location: response.headers.get("Location"),
    requestId: response.headers.get("X-Request-Id"),
    headers: response.headers,
  };
}

/** The answer before its body is read; a refusal is thrown. */
async function ask(method: string, path: string, door: Door, options: RequestOptions): Promise<Response> {
  const headers = new Headers(options.headers);
  if (!headers.has("Accept")) headers.set("Accept", "application/json, application/problem+json");
  if (options.body !== undefined && !headers.has("Content-Type")) headers.set("Content-Type", "application/json");
  if (options.version !== undefined) headers.set("If-Match", options.version === "*" ? "*" : `"${options.version}"`);
  if (options.prefer?.length) headers.set("Prefer", options.prefer.join(", "));
  if (options.idempotencyKey !== undefined) headers.set("Idempotency-Key", options.idempotencyKey);
  const said = { ...meaning(path, door), ...revealHeader(path, headers) };
  for (const [name, value] of Object.entries(said)) headers.set(name, value);

  let response: Response;
  try {
    response = await fetch(urlOf(path, options.query), {
      method,
      headers,
      credentials: "same-origin",
      // A file goes as it is, with a content type of its own.
      ...(options.body === undefined
        ? {}
        : { body: options.body instanceof Blob ? options.body : JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ type: "/problems/network", title: "The server can't be reached", status: 0 });
  }

  if (!response.ok) {
    const problem = await problemFrom(response);
    if (problem.kind === "gone" && headers.has(PLACE)) learnPlace(null);
    if (problem.status === 401 && !isSigningIn(path)) onUnauthenticated?.(problem, door);
    throw problem;
  }
  return response;
}

/** What is asked with a body is sent by POST. */
const verbOf = (options: RequestOptions) => (options.body === undefined ? "GET" : "POST");

/** An answer of JSON objects, a line each, heard as they come. */
async function lines<T>(path: string, options: RequestOptions, hear: (objects: T[]) => void): Promise<void> {
  const response = await ask(verbOf(options), path, doorOf(path, window.location.pathname), {
    ...options,
    headers: { Accept: "application/x-ndjson, application/problem+json", ...options.headers },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      const whole = (rest + next.value).split("\n");
      rest = whole.pop() ?? "";
      if (whole.length > 0) hear(whole.filter((line) => line !== "").map((line) => JSON.parse(line) as T));
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ type: "/problems/unreadable", title: "The answer ended before all of it had come", status: 0 });
  }
}

/** A stream of server-sent events, heard as they come; over when the server ends it. */
async function events(path: string, signal: AbortSignal, hear: (event: ServerEvent) => void): Promise<void> {
  const response = await ask("GET", path, doorOf(path, window.location.pathname), {
    headers: { Accept: "text/event-stream, application/problem+json" },
    signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      const read = readEvents(rest + next.value);
      rest = read.rest;
      read.events.forEach(hear);
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ type: "/problems/network", title: "The connection was lost", status: 0 });
  }
}

/** Bytes put together before the browser may move them to its disk. */
const PART = 16 << 20;

/**
 * A file that comes while it is made. `onBytes` hears how much there is; an answer that ends early is a problem, so that
 * nobody takes a part for the whole.
 */
async function download(path: string, options: RequestOptions, onBytes: (bytes: number) => void): Promise<Blob> {
  const response = await ask(verbOf(options), path, doorOf(path, window.location.pathname), {
    ...options,
    headers: { Accept: "*/*", ...options.headers },
  });
  const parts: Blob[] = [];
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let [size, held] = [0, 0];
  const put = () => {
    parts.push(new Blob(waiting));
    waiting = [];
    held = 0;
  };
  const reader = response.body?.getReader();
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      waiting.push(next.value);
      size += next.value.length;
      held += next.value.length;
      if (held >= PART) put();
      onBytes(size);
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ type: "/problems/unreadable", title: "The answer ended before all of it had come", status: 0 });
  }
  put();
  return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
}

/** `0-99/1200000`, `0-99/*`, `*` + `/0`. */
export function totalOf(contentRange: string | null): number | null {
  const total = contentRange?.split("/")[1];
  return total !== undefined && /^\d+$/.test(total) ? Number(total) : null;
}

async function list<T>(path: string, options: RequestOptions = {}): Promise<Page<T>> {
  const reply = await send<T[]>("GET", path, options);
  return {
    rows: reply.data,
    total: totalOf(reply.headers.get("Content-Range")),
    estimated: /count=(estimated|planned)/.test(
      reply.headers.get("Preference-Applied") ?? options.prefer?.join() ?? "",
    ),
    next: reply.headers.get("Next-Cursor"),
    prev: reply.headers.get("Prev-Cursor"),
  };
}

export const api = {
  get: <T>(path: string, options?: RequestOptions) => send<T>("GET", path, options),
  head: (path: string, options?: RequestOptions) => send<null>("HEAD", path, options),
  list,
  download,
  lines,
  events,
  post: <T>(path: string, body?: unknown, options?: RequestOptions) => send<T>("POST", path, { ...options, body }),
  patch: <T>(path: string, body: unknown, options?: RequestOptions) => send<T>("PATCH", path, { ...options, body }),
  delete: <T = null>(path: string, options?: RequestOptions) => send<T>("DELETE", path, options),
};
