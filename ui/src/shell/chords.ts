// Keys of the whole panel: `g` then a letter goes somewhere, `/` searches, `?` shows the sheet. All can be switched off.
import { useEffect } from "react";

/** How long after `g` the letter is awaited, in milliseconds. */
const PATIENCE = 1200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, [role="textbox"], [role="dialog"], [role="menu"]') !== null)
  );
}

interface Chords {
  enabled: boolean;
  go: (letter: string) => void;
  help: () => void;
}

export function useChords({ enabled, go, help }: Chords): void {
  useEffect(() => {
    if (!enabled) return;
    let awaiting = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (awaiting > Date.now()) {
        awaiting = 0;
        if (/^[a-z]$/i.test(event.key)) {
          event.preventDefault();
          event.stopPropagation();
          go(event.key.toLowerCase());
        }
        return;
      }
      if (event.key === "g") {
        awaiting = Date.now() + PATIENCE;
      } else if (event.key === "?") {
        event.preventDefault();
        help();
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>('main input[type="search"], main [role="searchbox"]');
        if (search) {
          event.preventDefault();
          search.focus();
          search.select();
        }
      }
    };
    // Before the grid's own letters, so that the letter after `g` is ours.
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, [enabled, go, help]);
}
