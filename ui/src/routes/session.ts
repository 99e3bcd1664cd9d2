// What routes ask before they show a page: who is signed in, and how to come back after signing in.
import type { QueryClient } from "@tanstack/react-query";
import { redirect } from "@tanstack/react-router";
import { USER } from "~/lib/door";
import { pairsOf, stringifySearch } from "~/lib/search-params";
import { type Session, sessionOf } from "~/lib/session";

export interface Context {
  client: QueryClient;
}

interface Place {
  pathname: string;
  search: unknown;
}

/** The address with everything in it, as one text. */
export function addressOf({ pathname, search }: Place): string {
  return `${pathname}${stringifySearch(Object.fromEntries(pairsOf(search as Record<string, unknown>)))}`;
}

/** The app user's session; whoever has none signs in first, and comes back to the same place. */
export async function signedInUser(context: Context, location: Place): Promise<Session> {
  const session = await context.client.ensureQueryData(sessionOf(USER));
  if (session.state !== "signed_in") {
    throw redirect({ to: "/auth/login", search: { return_to: addressOf(location) }, replace: true });
  }
  return session;
}
