// Sign-in providers as the API tells of them, behind either door.
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";
import type { Door } from "~/lib/door";

export interface Provider {
  slug: string;
  label: string;
}

export interface Routed extends Provider {
  /** There is no other way in for addresses of the domain. */
  exclusive: boolean;
}

export interface Offered {
  providers: Provider[];
  /** Addresses of some domains are led to a provider, so the page asks for the address first. */
  by_domain: boolean;
  routed: Routed | null;
}

export interface Identity {
  id: string;
  issuer: string;
  /** By which provider it is used; none when that is off or gone. */
  provider: string | null;
  label: string;
  email: string | null;
  created_at: string;
  last_used_at: string;
}

export interface Identities {
  identities: Identity[];
  offered: Provider[];
  password: boolean;
  exclusive: boolean;
}

export function offeredAt(door: Door) {
  return queryOptions({
    queryKey: ["session", door.kind, "sso"],
    queryFn: async ({ signal }) => (await api.get<Offered>(`${door.session}/sso`, { signal })).data,
    staleTime: 60_000,
  });
}

/** Where an address is led. Only its domain is sent: the answer is the same for all of them. */
export async function routeOf(door: Door, email: string): Promise<Routed | null> {
  const domain = email.trim().split("@").pop() ?? "";
  if (domain === "" || !email.includes("@")) return null;
  return (await api.get<Offered>(`${door.session}/sso`, { query: [["domain", domain]] })).data.routed;
}

export function ownIdentities(door: Door) {
  return queryOptions({
    queryKey: ["own", door.kind, "identities"],
    queryFn: async ({ signal }) => (await api.get<Identities>(`${door.own}/identities`, { signal })).data,
  });
}

interface Onward {
  location: string;
}

/** Sends the browser to the provider; it comes back to a page of ours. */
export async function leaveFor(
  door: Door,
  provider: string,
  about: { return_to?: string; email?: string; invitation?: string },
): Promise<void> {
  const { data } = await api.post<Onward>(`${door.session}/sso/${encodeURIComponent(provider)}`, about);
  window.location.assign(data.location);
}

export async function leaveToConnect(door: Door, provider: string, returnTo: string): Promise<void> {
  const { data } = await api.post<Onward>(`${door.own}/identities`, { provider, return_to: returnTo });
  window.location.assign(data.location);
}

export async function addressToProve(door: Door, provider: string): Promise<string> {
  return (await api.post<Onward>(`${door.session}/proof/sso`, { provider })).data.location;
}

/** What the page that ends a proof tells the one that waits for it. */
export const PROVED = "quarterdeck.proved";
