/** What is collected, and every step on the way there, so that each can be taken back. */
import { useCallback, useMemo, useRef, useState } from "react";
import { type Collected, NOTHING } from "./collected";

/** Steps that can be taken back. */
const STEPS = 100;

interface Steps {
  now: Collected;
  past: readonly Collected[];
}

export interface Collecting {
  all: Collected;
  /** The newest, for whoever acts later than they were drawn. */
  latest: () => Collected;
  /** Something a person did. */
  step: (change: (all: Collected) => Collected) => void;
  /** Something that happened to it: what the database said. */
  become: (all: Collected) => void;
  /** Takes the last step back; false when there is none. */
  back: () => boolean;
  /** It is written now: nothing of it can be taken back here. */
  forget: () => void;
}

export function useCollected(): Collecting {
  const [steps, setSteps] = useState<Steps>({ now: NOTHING, past: [] });
  const newest = useRef(steps);
  newest.current = steps;
  const step = useCallback((change: (all: Collected) => Collected) => {
    setSteps((steps) => {
      const now = change(steps.now);
      if (now.stored === steps.now.stored && now.fresh === steps.now.fresh) return steps;
      return { now, past: [...steps.past, steps.now].slice(-STEPS) };
    });
  }, []);
  const back = useCallback(() => {
    if (newest.current.past.length === 0) return false;
    setSteps((steps) => ({ now: steps.past.at(-1) ?? steps.now, past: steps.past.slice(0, -1) }));
    return true;
  }, []);
  const become = useCallback((now: Collected) => setSteps((steps) => ({ ...steps, now })), []);
  const forget = useCallback(() => setSteps({ now: NOTHING, past: [] }), []);
  const latest = useCallback(() => newest.current.now, []);
  return useMemo(
    () => ({ all: steps.now, latest, step, become, back, forget }),
    [steps.now, latest, step, become, back, forget],
  );
}
