import { useEffect, useState } from "react";

type Name = "token" | "code" | "invite";

/** What was taken out of the address by a page that is still waiting for something, and will begin anew. */
const taken = new Map<string, string>();

/**
 * Takes the secret out of the address, during the first render, before anything else can read or send it. A page that
 * waits for something is begun again from nothing; until one of them is there to stay, it is kept here.
 */
function take(name: Name): string {
  const place = `${window.location.pathname} ${name}`;
  const rest = new URLSearchParams(window.location.search);
  const given = rest.get(name);
  if (given === null) return taken.get(place) ?? "";
  taken.set(place, given);
  rest.delete(name);
  const search = rest.size > 0 ? `?${rest}` : "";
  window.history.replaceState(window.history.state, "", window.location.pathname + search);
  return given;
}

/** Reads `?token=`, or what else carries the secret, once and takes it out of the address at once, so that it stays in no history, bookmark or referrer. */
export function useLinkToken(name: Name = "token"): string {
  const [token] = useState(() => take(name));
  useEffect(() => taken.clear(), []);
  return token;
}
