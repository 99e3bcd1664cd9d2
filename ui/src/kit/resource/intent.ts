// An action that was chosen away from its page, in the palette: whatever shows the collection or the object takes it up.
// It is never in the address, because a link must not be able to do anything.
import { useEffect, useSyncExternalStore } from "react";

interface Intent {
  collection: string;
  /** None for an action on the collection. */
  id: string | null;
  action: string;
  until: number;
}

/** A page that takes longer to come is not the one that was meant any more, in milliseconds. */
const PATIENCE = 10_000;

let intent: Intent | null = null;
const listeners = new Set<() => void>();

function become(next: Intent | null): void {
  intent = next;
  for (const listener of listeners) listener();
}

export function intend(collection: string, id: string | null, action: string): void {
  become({ collection, id, action, until: performance.now() + PATIENCE });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes up what was intended for this object, or for the collection, once `ready`. */
export function useIntent(collection: string, id: string | null, ready: boolean, take: (action: string) => void): void {
  const wanted = useSyncExternalStore(subscribe, () => intent);
  useEffect(() => {
    if (wanted === null || !ready || wanted.collection !== collection || wanted.id !== id) return;
    // Of two that show the same, one takes it.
    if (intent !== wanted) return;
    become(null);
    if (performance.now() < wanted.until) take(wanted.action);
  });
}
