/** Text from the clipboard, while a cell has the focus. */
import { type RefObject, useEffect } from "react";

/**
 * Browsers send the event to where the text selection is, which need not be the cell; so it is heard on the whole page.
 * @param paste true when it took the text
 */
export function usePaste(root: RefObject<HTMLElement | null>, paste: (text: string) => boolean): void {
  useEffect(() => {
    const onPaste = (e: ClipboardEvent) => {
      const cell = document.activeElement;
      if (e.defaultPrevented || !root.current?.contains(cell) || !cell?.hasAttribute("data-c")) return;
      if (paste(e.clipboardData?.getData("text/plain") ?? "")) e.preventDefault();
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, [root, paste]);
}
