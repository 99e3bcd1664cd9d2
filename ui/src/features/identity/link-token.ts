import { useState } from "react";

/** Reads `?token=`, or what else carries the secret, once and takes it out of the address at once, so that it stays in no history, bookmark or referrer. */
export function useLinkToken(name: "token" | "code" = "token"): string {
  const [token] = useState(() => new URLSearchParams(window.location.search).get(name) ?? "");
  // During the first render, before anything else can read or send the address.
  useState(() => {
    if (window.location.search !== "") window.history.replaceState(window.history.state, "", window.location.pathname);
    return null;
  });
  return token;
}
