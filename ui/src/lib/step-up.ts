// Dangerous things want a fresh proof of who sits there. A request that is refused for the want of one waits here, the
// dialog asks once for all that wait, and the request is sent again.
import { useSyncExternalStore } from "react";
import type { Door } from "./door";

export interface Asked {
  door: Door;
  /** Ends the asking: whether the proof was given. */
  answer: (proved: boolean) => void;
}

let asked: Asked | null = null;
let answer: Promise<boolean> | null = null;
let listening = 0;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

/** Asks whoever sits there; false when they don't want to, or when nothing on the page can ask. */
export function askForProof(door: Door): Promise<boolean> {
  if (listening === 0) return Promise.resolve(false);
  if (asked?.door === door && answer) return answer;
  asked?.answer(false);
  answer = new Promise((resolve) => {
    const mine: Asked = {
      door,
      answer: (proved) => {
        if (asked === mine) {
          asked = null;
          answer = null;
          tell();
        }
        resolve(proved);
      },
    };
    asked = mine;
  });
  tell();
  return answer;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  listening += 1;
  return () => {
    listeners.delete(listener);
    listening -= 1;
  };
}

/** What is being asked now; whoever uses this shows it. */
export function useAsked(): Asked | null {
  return useSyncExternalStore(subscribe, () => asked);
}
