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
  sources: {
    kind: "role" | "elevation";
    roles: { id: string; label: string }[];
    level: Reason["level"];
    until: string | null;
  }[];
  permissions: Explained[];
}
