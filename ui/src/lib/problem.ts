// What the API says when something is wrong (RFC 9457), as one error class the whole panel throws and shows.

import i18next from "i18next";
import { told } from "./refusals/told";

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

/** Titles that say no more than the kind (`crates/kernel/src/problem.rs`). */
const TITLES = new Set([
  "This can mean several things",
  "The input has errors",
  "The request can't be read",
  "The filter can't be read",
  "Sign in first",
  "Not allowed",
  "Confirm that it is you",
  "This request came from another site",
  "Not found",
  "Method not allowed",
  "Not acceptable",
  "Changed meanwhile",
  "No longer there",
  "Too large",
  "Unsupported media type",
  "These rows are not there",
  "A version is needed",
  "Too many attempts",
  "Not available right now",
  "Took too long",
  "Something went wrong here",
]);

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly status: number;
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
  /** What the server said, word for word. */
  private readonly said: Pick<ProblemBody, "title" | "detail" | "errors">;

  constructor(body: ProblemBody, extra: { retryAfter?: number | null; requestId?: string | null } = {}) {
    super(body.detail ?? body.title);
    this.name = "Problem";
    this.kind = (body.type.split("/").pop() ?? "internal") as ProblemKind;
    this.status = body.status;
    this.said = body;
    this.requestId = body.request_id ?? extra.requestId ?? null;
    this.permission = body.permission ?? null;
    this.sql = body.sql || null;
    this.reveal = body.reveal ?? false;
    this.errors = (body.errors ?? []).map(inOwnLanguage);
    this.conflict = body.conflict ?? null;
    this.rows = body.rows ?? [];
    this.row = body.row ?? null;
    this.retryAfter = extra.retryAfter ?? null;
  }

  /** Read when it is shown: somebody may choose another language meanwhile. */
  get title(): string {
    return told("titles", "any", this.said.title);
  }

  /**
   * What stands above it: the kind of problem in the catalogue's words, unless the server has a title that says more.
   */
  get heading(): string {
    const plain = TITLES.has(this.said.title) || this.kind === "network" || this.kind === "unreadable";
    return plain ? i18next.t(`problems.${this.kind}.title`, { defaultValue: this.title }) : this.title;
  }

  get detail(): string | null {
    const { detail, errors } = this.said;
    if (detail === undefined) return null;
    const [first] = errors ?? [];
    // Often it repeats what is said of a field, behind the field's name.
    if (first?.message && detail.endsWith(first.message)) {
      const before = detail.slice(0, -first.message.length);
      if (before === "" || before.endsWith(": ")) return rowNamed(before) + told("fields", first.code, first.message);
    }
    const own = told("details", this.kind, detail);
    return own === detail ? told("details", "any", detail) : own;
  }

  /** The same request may well work a moment later, without anyone changing anything. */
  get transient(): boolean {
    return ["network", "unavailable", "timeout", "throttled"].includes(this.kind);
  }

  errorFor(field: string): string | null {
    return this.errors.find((error) => error.field === field)?.message ?? null;
  }
}

/** `Row 12: price: `, in the person's language. */
const rowNamed = (before: string): string => told("details", "before", before);

/** The error of a field; what it says is told when it is shown. */
function inOwnLanguage({ field, code, message }: FieldError): FieldError {
  return {
    field,
    code,
    get message() {
      return told("fields", code, message);
    },
  };
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
