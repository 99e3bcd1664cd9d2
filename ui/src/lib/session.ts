// Who is signed in. The one answer of GET /session decides between first set-up, the steps of a sign-in and the panel.
import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { actFor } from "./acting";
import { api } from "./api";
import { type Door, doorAt, STAFF, USER } from "./door";
import { forgetPlace, learnPlace } from "./place";
import { type Surface, useSurface } from "./surface";

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
  role_label: string;
  level: string;
  /** Of the membership itself: `active`, or `suspended` in this organization. */
  membership: string;
  since: string;
  /** Who can give more rights in it. */
  owner: string | null;
  owned: boolean;
  /** They look after its people, roles, keys or security. */
  administers: boolean;
  /** Why it doesn't open to this session now. */
  closed: Closed | null;
}

/** What an organization asks of a session first. */
export type Closed =
  | { why: "ended" }
  /** `enrolled`: there is one, which this session hasn't shown yet. */
  | { why: "second_factor"; enrolled: boolean }
  | { why: "hours"; hours: string };

/** Staff who see the platform as a user, or its tables in somebody's place. */
export interface Impersonation {
  id: string;
  kind: "user" | "anon" | "service";
  /** As whom. */
  name: string;
  /** The database role, where it is about tables. */
  role: string | null;
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

/** @param organization for which somebody acts: what they may do is what they may there */
export function sessionOf(door: Door, organization: string | null = null) {
  return queryOptions({
    queryKey: organization === null ? ["session", door.kind] : ["session", door.kind, organization],
    queryFn: async ({ signal }) => {
      const headers: Record<string, string> = organization === null ? {} : { "Quarterdeck-Organization": organization };
      const { data } = await api.get<Session>(door.session, { signal, headers });
      if (door === STAFF && data.state === "signed_in") learnPlace(data.impersonation?.id ?? null);
      return data;
    },
    staleTime: 60_000,
  });
}

/** Of staff, as the administration of the platform means it. */
export const sessionQuery = sessionOf(STAFF);

/** Of whoever is in this part of the panel, with what they may do there. */
export function useSession(): Session {
  const { kind, door, organization } = useSurface();
  return useSuspenseQuery(sessionOf(door, kind === "organization" ? organization : null)).data;
}

/** Of an app user. */
export function useUserSession(): Session {
  return useSuspenseQuery(sessionOf(USER)).data;
}

/** What the platform is called, on pages that nobody has to be signed in for; nothing until it is known. */
export function usePlatform(): string {
  return useQuery(sessionOf(doorAt(window.location.pathname))).data?.platform ?? "";
}

/** Names the page in the browser, on pages that carry the platform's name and not the panel's. */
export function usePageTitle(title: string): void {
  const platform = usePlatform();
  useEffect(() => {
    document.title = platform === "" ? title : `${title} · ${platform}`;
  }, [title, platform]);
}

export function useCan(permission: string | null): boolean {
  const session = useSession();
  return permission === null || (session.permissions ?? []).includes(permission);
}

/** Drops everything read on behalf of the person before; the sessions themselves stay known. */
export function forgetPerson(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

let entered: string | null = null;

/**
 * From now on requests mean this part of the panel. What was read in another one is forgotten, so that no page shows
 * rows of another organization, nor what somebody else may do.
 */
export function enter(client: QueryClient, { door, organization }: Surface): void {
  const mark = `${door.kind} ${organization ?? ""}`;
  if (mark === entered) return;
  const before = entered;
  entered = mark;
  actFor(organization);
  // The first time nothing was read but what was asked for ahead of this.
  if (before !== null) forgetPerson(client);
}

/** What somebody may do within organizations is known anew with the next question. */
function forgetRights(client: QueryClient, door: Door): void {
  client.removeQueries({
    predicate: ({ queryKey: [kind, of, organization] }) =>
      kind === "session" && of === door.kind && organization !== undefined,
  });
}

/** Takes this as the session from now on. */
export function becomeSession(client: QueryClient, session: Session, door: Door = STAFF): void {
  forgetPerson(client);
  forgetRights(client, door);
  if (door === STAFF) forgetPlace();
  client.setQueryData(sessionOf(door).queryKey, session);
}

/**
 * Signs out. Where a sign-in provider opened the session and signs people out, too, the browser goes on there, and this
 * says so: the page is about to be left.
 */
export async function signOut(client: QueryClient, door: Door): Promise<{ leaving: boolean }> {
  const { data } = await api.delete<{ location: string | null }>(door.session);
  becomeNobody(client, door);
  if (data.location === null) return { leaving: false };
  window.location.assign(data.location);
  return { leaving: true };
}

/** Nobody is signed in here any more; what else the sign-in page has to know stays. */
export function becomeNobody(client: QueryClient, door: Door): void {
  forgetRights(client, door);
  if (door === STAFF) forgetPlace();
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
