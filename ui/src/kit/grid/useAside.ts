import { type RefObject, useEffect } from "react";

/**
 * Says on the grid whether it is scrolled to the side. Only then do pinned cells have to stick: each one that sticks is
 * placed anew in every frame of scrolling, which takes a tenth of it.
 */
export function useAside(scroller: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const look = () => {
      const aside = box.scrollLeft > 0;
      if (aside !== box.hasAttribute("data-aside")) box.toggleAttribute("data-aside", aside);
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    return () => box.removeEventListener("scroll", look);
  }, [scroller]);
}
