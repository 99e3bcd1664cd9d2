/** Where the focus goes when rows before the list come and go. */
import { type FocusEvent, useCallback, useEffect, useRef } from "react";
import type { Position } from "./navigation";

interface Options {
  ahead: number;
  hasGutter: boolean;
  active: Position;
  setActive: (at: Position, focus: boolean) => void;
}

export function useAhead({ ahead, hasGutter, active, setActive }: Options) {
  const before = useRef(ahead);
  const within = useRef(false);
  const now = useRef({ active, hasGutter });
  now.current = { active, hasGutter };
  useEffect(() => {
    const { active, hasGutter } = now.current;
    // Another one is what somebody has just made: it is shown.
    if (ahead > before.current) setActive({ row: ahead - 1, col: hasGutter ? 1 : 0 }, true);
    // The cell with the focus went with its row; the keyboard goes on where it was.
    else if (ahead < before.current && within.current && document.activeElement === document.body)
      setActive(active, true);
    before.current = ahead;
  }, [ahead, setActive]);
  return {
    onFocus: useCallback(() => {
      within.current = true;
    }, []),
    onBlur: useCallback((e: FocusEvent<HTMLElement>) => {
      // Focus that is nowhere wasn't moved, but lost.
      if (e.relatedTarget !== null && !e.currentTarget.contains(e.relatedTarget)) within.current = false;
    }, []),
  };
}
