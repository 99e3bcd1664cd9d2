// Who is signed in. The one answer of GET /session decides between first set-up, sign-in and the panel.
import { type QueryClient, queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api } from "./api";

export interface SessionUser {
  id: string;
  email: string;
  name: string;
  role: string;
}

export interface Session {
  /** `second_factor` and `enrolment`: the password was right, and a factor is still to be shown or set up. */
  state: "setup_needed" | "signed_out" | "second_factor" | "enrolment" | "signed_in";
  setup_token_required?: boolean;
  user?: SessionUser | null;
  permissions?: string[];
  expires_at?: string | null;
  idle_expires_at?: string | null;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => (await api.get<Session>("/session", { signal })).data,
  staleTime: 60_000,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

export function useCan(permission: string | null): boolean {
  const session = useSession();
  return permission === null || (session.permissions ?? []).includes(permission);
}

/** Drops everything read on behalf of the person before; the session itself stays known. */
export function forgetPerson(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] });
}

/** Takes this as the session from now on. */
export function becomeSession(client: QueryClient, session: Session): void {
  forgetPerson(client);
  client.setQueryData(sessionQuery.queryKey, session);
}

/** A local address to go on to, or the panel's start: never another site, never the sign-in page again. */
export function safeNext(next: unknown): string {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next)) return "/admin";
  return /^\/admin\/(login|setup)(\b|$)/.test(next) ? "/admin" : next;
}
