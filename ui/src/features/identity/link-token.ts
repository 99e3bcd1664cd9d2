import { useState } from "react";

/** Reads `?token=`, or what else carries the secret, once and takes it out of the address at once, so that it stays in no history, bookmark or referrer. */
export function useLinkToken(name: "token" | "code" | "invite" = "token"): string {
  const [token] = useState(() => new URLSearchParams(window.location.search).get(name) ?? "");
  // During the first render, before anything else can read or send the address.
  useState(() => {
    const rest = new URLSearchParams(window.location.search);
    if (!rest.has(name)) return null;
    rest.delete(name);
    const search = rest.size > 0 ? `?${rest}` : "";
    window.history.replaceState(window.history.state, "", window.location.pathname + search);
    return null;
  });
  return token;
}
