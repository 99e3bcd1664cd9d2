// In whose place this page sees tables. Learned from the session and then kept: when it is over, the page must not go on
// with the rights of staff as if nothing had happened, so it asks for nothing else until it is loaded again.
import { useSyncExternalStore } from "react";

/** By which a request says whose place it means. */
export const PLACE = "Quarterdeck-Impersonation";

let meant: string | null = null;
let over = false;
const listeners = new Set<() => void>();

/** The impersonation that requests for rows mean. */
export function placeMeant(path: string): string | null {
  return /^\/(data|explorer)\//.test(path) ? meant : null;
}

/** What the session, or a refused request, says about it now. */
export function learnPlace(id: string | null): void {
  if (meant === null) meant = id;
  if (meant === id || over) return;
  over = true;
  for (const listener of listeners) listener();
}

/** Somebody else sits here now. */
export function forgetPlace(): void {
  meant = null;
  over = false;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Whether it was ended while this page was open. */
export function usePlaceOver(): boolean {
  return useSyncExternalStore(subscribe, () => over);
}
