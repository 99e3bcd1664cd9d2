// The answer of `GET /identity/explain`.

export const KINDS = ["staff", "user", "key"] as const;
export type Kind = (typeof KINDS)[number];

export interface Reason {
  /** What decided, as a word: `given`, `taken_away`, `capped` … */
  step: string;
  role: string | null;
  role_id: string | null;
  pattern: string | null;
  /** From the role that is held to the one that decided. */
  via: string[];
  level: "read_only" | "read_write" | "admin" | null;
  until: string | null;
  /** The same as an English sentence. */
  text: string;
}

/** What is asked before any of it counts. */
export interface Asked {
  what: "second_factor" | "hours" | "networks" | "ended";
  /** Nobody comes in by it at this moment. */
  closed: boolean;
  /** A role held for a while that asks for it; the rest counts without. */
  role: string | null;
  /** The hours or networks, for whoever may read them. */
  words: string | null;
  /** How many sessions an admin ended there. */
  sessions: number | null;
  /** The same as an English sentence. */
  text: string;
}

export interface Explained {
  name: string;
  module: string;
  allows: string;
  allowed: boolean;
  why: Reason[];
}

export interface Explanation {
  kind: Kind;
  id: string;
  label: string;
  scope: "platform" | "organization";
  organization_id: string | null;
  organization: string | null;
  blocked: Reason[];
  asked: Asked[];
  sources: {
    kind: "role" | "elevation";
    roles: { id: string; label: string }[];
    level: Reason["level"];
    until: string | null;
  }[];
  permissions: Explained[];
}
