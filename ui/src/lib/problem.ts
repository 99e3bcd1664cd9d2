// What the API says when something is wrong (RFC 9457), as one error class the whole panel throws and shows.

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface FieldConflict {
  field: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
}

export interface Conflict {
  current_version: string;
  fields: FieldConflict[];
}

/** One of several rows that stood in the way of a change of all of them. */
export interface RowConflict {
  /** Its place in the list that was sent. */
  change?: number;
  key?: string;
  /** It is not there any more. */
  gone: boolean;
  current_version?: string | null;
  fields: FieldConflict[];
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  request_id?: string;
  permission?: string;
  sql?: string;
  reveal?: boolean;
  errors?: FieldError[];
  conflict?: Conflict;
  rows?: RowConflict[];
  row?: number;
}

/** `network` (no answer came) and `unreadable` (an answer that is no problem document) are the two kinds made here, not by the server. */
export type ProblemKind =
  | "validation"
  | "malformed"
  | "filter"
  | "unauthenticated"
  | "forbidden"
  | "step-up"
  | "cross-site"
  | "not-found"
  | "method"
  | "conflict"
  | "gone"
  | "too-large"
  | "media-type"
  | "precondition"
  | "throttled"
  | "unavailable"
  | "timeout"
  | "internal"
  | "network"
  | "unreadable";

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly status: number;
  readonly title: string;
  readonly detail: string | null;
  readonly requestId: string | null;
  readonly permission: string | null;
  /** What somebody could run in the database to change it. */
  readonly sql: string | null;
  /** It would show sensitive columns, for which a reason is wanted. */
  readonly reveal: boolean;
  readonly errors: FieldError[];
  readonly conflict: Conflict | null;
  /** The rows of a change of several that were changed meanwhile. */
  readonly rows: RowConflict[];
  /** The place of the one change among several that was refused. */
  readonly row: number | null;
  /** Seconds the server asks us to wait, from `Retry-After`. */
  readonly retryAfter: number | null;

  constructor(body: ProblemBody, extra: { retryAfter?: number | null; requestId?: string | null } = {}) {
    super(body.detail ?? body.title);
    this.name = "Problem";
    this.kind = (body.type.split("/").pop() ?? "internal") as ProblemKind;
    this.status = body.status;
    this.title = body.title;
    this.detail = body.detail ?? null;
    this.requestId = body.request_id ?? extra.requestId ?? null;
    this.permission = body.permission ?? null;
    this.sql = body.sql || null;
    this.reveal = body.reveal ?? false;
    this.errors = body.errors ?? [];
    this.conflict = body.conflict ?? null;
    this.rows = body.rows ?? [];
    this.row = body.row ?? null;
    this.retryAfter = extra.retryAfter ?? null;
  }

  /** The same request may well work a moment later, without anyone changing anything. */
  get transient(): boolean {
    return ["network", "unavailable", "timeout", "throttled"].includes(this.kind);
  }

  errorFor(field: string): string | null {
    return this.errors.find((error) => error.field === field)?.message ?? null;
  }
}

/** Anything thrown becomes a Problem, so that pages show one kind of thing. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem({ type: "/problems/unreadable", title: "Unexpected error", status: 0, detail });
}

export async function problemFrom(response: Response): Promise<Problem> {
  const retryHeader = response.headers.get("Retry-After");
  const extra = {
    retryAfter: retryHeader && /^\d+$/.test(retryHeader) ? Number(retryHeader) : null,
    requestId: response.headers.get("X-Request-Id"),
  };
  const text = await response.text().catch(() => "");
  try {
    const body: unknown = JSON.parse(text);
    if (body !== null && typeof body === "object" && "type" in body && "title" in body) {
      return new Problem({ ...(body as ProblemBody), status: response.status }, extra);
    }
  } catch {
    // Not JSON: a proxy in between answered. Told apart below.
  }
  const kind = response.status === 401 ? "unauthenticated" : response.status === 404 ? "not-found" : "unreadable";
  return new Problem(
    { type: `/problems/${kind}`, title: response.statusText || `HTTP ${response.status}`, status: response.status },
    extra,
  );
}
