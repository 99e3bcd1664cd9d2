// The two kinds of account, each with a sign-in, a session and pages of its own. A browser may hold both sessions at
// once; which of them a request means follows from where in the panel it is sent.

export interface Door {
  kind: "staff" | "user";
  /** Signing in and out, and proving again who one is. */
  session: string;
  /** One's own account. */
  own: string;
  signIn: string;
  /** The page of one's own account. */
  account: string;
  home: string;
  /** What its sign-in page calls the place to come back to. */
  next: string;
}

export const STAFF: Door = {
  kind: "staff",
  session: "/session",
  own: "/profile",
  signIn: "/admin/login",
  account: "/admin/profile",
  home: "/admin",
  next: "next",
};

export const USER: Door = {
  kind: "user",
  session: "/account/session",
  own: "/account",
  signIn: "/auth/login",
  account: "/account",
  home: "/dashboard",
  next: "return_to",
};

const below = (path: string, root: string) => path === root || path.startsWith(`${root}/`);

/** Whose page an address is. */
export function doorAt(pathname: string): Door {
  return ["/dashboard", "/account", "/auth"].some((root) => below(pathname, root)) ? USER : STAFF;
}

/** About whoever asks, although it stands below a door. */
const ANYBODYS = "/session/elevations";

/** Whose session a request to this path of the API means, sent from that page. */
export function doorOf(path: string, pathname: string): Door {
  if (below(path, USER.own)) return USER;
  if (path !== ANYBODYS && (below(path, STAFF.own) || below(path, STAFF.session))) return STAFF;
  return doorAt(pathname);
}

/** A sign-in answers 401 for what was wrong with it; that belongs to its form. */
export function isSigningIn(path: string): boolean {
  return path !== ANYBODYS && (below(path, STAFF.session) || below(path, USER.session));
}

/** A local address to go on to behind this door, or its start: never another site, never the sign-in page again. */
export function safeNext(next: unknown, door: Door = STAFF): string {
  // Browsers drop tabs and line ends from addresses, and take a backslash for a slash.
  if (typeof next !== "string" || !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(next)) return door.home;
  const path = next.split(/[?#]/)[0] ?? "";
  if (doorAt(path) !== door || below(path, "/auth")) return door.home;
  return below(path, "/admin/login") || below(path, "/admin/setup") ? door.home : next;
}
