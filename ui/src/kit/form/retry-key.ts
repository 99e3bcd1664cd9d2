// The Idempotency-Key of a form: the same while it is unknown whether the last attempt arrived, a new one for anything else.
import { useRef } from "react";
import { newKey, toProblem } from "~/lib/api";

export interface RetryKey {
  /** The key to send this body under. */
  keyFor: (body: unknown) => string;
  /** Tells how an attempt ended. A clear refusal ends the key: sent again, the request is a new one. */
  failed: (error: unknown) => void;
}

export function createRetryKey(): RetryKey {
  let key = newKey();
  let sent: string | null = null;
  return {
    keyFor: (body) => {
      const text = JSON.stringify(body);
      if (sent !== null && sent !== text) key = newKey();
      sent = text;
      return key;
    },
    failed: (error) => {
      if (toProblem(error).transient) return;
      key = newKey();
      sent = null;
    },
  };
}

export function useRetryKey(): RetryKey {
  const kept = useRef<RetryKey | null>(null);
  kept.current ??= createRetryKey();
  return kept.current;
}
