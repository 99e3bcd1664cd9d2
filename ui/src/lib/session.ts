// Who is signed in. The one answer of GET /session decides between first set-up, the steps of a sign-in and the panel.
import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { api } from "./api";
import { type Door, doorAt, STAFF, USER } from "./door";

export interface SessionUser {
  id: string;
  email: string;
  name: string;
  role: string;
}

/** An organization that an app user belongs to. */
export interface OwnOrganization {
  id: string;
  name: string;
  status: string;
  role: string;
  level: string;
}

/** Staff who see the platform as a user. */
export interface Impersonation {
  by: string;
  reason: string;
  read_only: boolean;
  expires_at: string;
}

/** What a new password must contain, where a setting asks for it. */
export type Ingredient = "upper_case" | "lower_case" | "digit" | "symbol";

export interface PasswordPolicy {
  shortest: number;
  ingredients: Ingredient[];
}

/** What the pages where people sign in offer beside it. */
export interface Offers {
  password: PasswordPolicy;
  forgotten_password: boolean;
  magic_link: boolean;
  registration?: { mode: "disabled" | "invitation" | "open"; organization: boolean; confirmed: boolean } | null;
}

export interface Session {
  state: "setup_needed" | "signed_out" | "unconfirmed" | "second_factor" | "enrolment" | "signed_in";
  /** What the platform is called. */
  platform?: string;
  offers?: Offers;
  setup_token_required?: boolean;
  /** Whether browsers can use passkeys at this address. */
  passkeys?: boolean;
  methods?: string[];
  /** Wrong codes that this sign-in still stands. */
  tries_left?: number | null;
  user?: SessionUser | null;
  permissions?: string[];
  organizations?: OwnOrganization[];
  /** This user is staff, too, with a sign-in of its own. */
  administration?: boolean;
  impersonation?: Impersonation | null;
  expires_at?: string | null;
  idle_expires_at?: string | null;
  /** Shown this once, when a sign-in made them. */
  recovery_codes?: string[];
}

export function sessionOf(door: Door) {
  return queryOptions({
    queryKey: ["session", door.kind],
    queryFn: async ({ signal }) => (await api.get<Session>(door.session, { signal })).data,
    staleTime: 60_000,
  });
}

/** Of staff, as the administration means it. */
export const sessionQuery = sessionOf(STAFF);

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** Of an app user. */
export function useUserSession(): Session {
  return useSuspenseQuery(sessionOf(USER)).data;
}

/** What the platform is called, on pages that nobody has to be signed in for; nothing until it is known. */
export function usePlatform(): string {
  return useQuery(sessionOf(doorAt(window.location.pathname))).data?.platform ?? "";
}

export function useCan(permission: string | null): boolean {
  const session = useSession();
  return permission === null || (session.permissions ?? []).includes(permission);
}

/** Drops everything read on behalf of the person before; the sessions themselves stay known. */
export function forgetPerson(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

/** Takes this as the session from now on. */
export function becomeSession(client: QueryClient, session: Session, door: Door = STAFF): void {
  forgetPerson(client);
  client.setQueryData(sessionOf(door).queryKey, session);
}

/** Nobody is signed in here any more; what else the sign-in page has to know stays. */
export function becomeNobody(client: QueryClient, door: Door): void {
  client.setQueryData(
    sessionOf(door).queryKey,
    (before: Session | undefined): Session => ({
      state: "signed_out",
      platform: before?.platform,
      offers: before?.offers,
      passkeys: before?.passkeys,
    }),
  );
}
