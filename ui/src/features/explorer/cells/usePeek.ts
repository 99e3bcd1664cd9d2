/** When the row behind a key is shown: while somebody points at it or stands on it with the keyboard, until Escape. */
import { type RefObject, useCallback, useEffect, useId, useRef, useState } from "react";

/** Whoever only passes by doesn't set it off. */
const OPEN_AFTER = 350;
/** Long enough to get from the key into the card. */
const CLOSE_AFTER = 80;

export interface Peek {
  opened: boolean;
  id: string;
  near: () => void;
  far: () => void;
}

/** @param place the key itself; standing on the cell around it counts, too */
export function usePeek(place: RefObject<HTMLElement | null>): Peek {
  const [opened, setOpened] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const id = useId();
  const soon = useCallback((open: boolean, after: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpened(open), after);
  }, []);
  const near = useCallback(() => soon(true, OPEN_AFTER), [soon]);
  const far = useCallback(() => soon(false, CLOSE_AFTER), [soon]);
  useEffect(() => () => clearTimeout(timer.current), []);

  useEffect(() => {
    const stop = place.current?.closest<HTMLElement>("[role=gridcell]") ?? place.current;
    if (!stop) return;
    const focused = (event: FocusEvent) => {
      // A click is answered by pointing already.
      if ((event.target as HTMLElement).matches(":focus-visible")) near();
    };
    stop.addEventListener("focusin", focused);
    stop.addEventListener("focusout", far);
    return () => {
      stop.removeEventListener("focusin", focused);
      stop.removeEventListener("focusout", far);
    };
  }, [place, near, far]);

  useEffect(() => {
    if (!opened) return;
    // Before anybody else: the same key closes the drawer and forgets the selection.
    const closed = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      clearTimeout(timer.current);
      setOpened(false);
    };
    document.addEventListener("keydown", closed, { capture: true });
    return () => document.removeEventListener("keydown", closed, { capture: true });
  }, [opened]);

  return { opened, id, near, far };
}
