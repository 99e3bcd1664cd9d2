import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Door } from "~/lib/door";
import { leaveFor, type Offered, offeredAt, type Routed, routeOf } from "./data";

const NOTHING: Offered = { providers: [], by_domain: false, routed: null };

/** The part of the first step that knows of sign-in providers. */
export function useSso(door: Door) {
  const offered = useQuery(offeredAt(door)).data ?? NOTHING;
  const search: { next?: string; return_to?: string; sso?: string; provider?: string } = useSearch({ strict: false });
  /** Where the address that was entered leads; undefined until it was asked. */
  const [routed, setRouted] = useState<Routed | null | undefined>(undefined);
  const [byPassword, setByPassword] = useState(false);
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);

  const leave = async (provider: string, email?: string) => {
    setBusy(provider);
    setError(null);
    try {
      await leaveFor(door, provider, { return_to: search.next ?? search.return_to, email: email || undefined });
    } catch (refused) {
      setError(refused);
      setBusy(null);
    }
  };
  /** Asks where an address leads, and goes there when there is no other way. */
  const route = async (email: string) => {
    setError(null);
    try {
      const found = await routeOf(door, email);
      if (found?.exclusive) return await leave(found.slug, email);
      setRouted(found);
    } catch (refused) {
      setError(refused);
    }
  };
  return {
    /** Beside the one that the address leads to. */
    providers: offered.providers.filter(({ slug }) => byPassword || slug !== routed?.slug),
    /** Whether the address is still to be asked for, alone. */
    asks: offered.by_domain && routed === undefined,
    /** The provider that this address may go to instead of giving a password. */
    routed: byPassword ? null : (routed ?? null),
    outcome: { reason: search.sso, provider: search.provider },
    busy,
    error,
    leave,
    route,
    usePassword: () => setByPassword(true),
    restart: () => {
      setRouted(undefined);
      setByPassword(false);
      setError(null);
    },
  };
}
