import { VisuallyHidden } from "@mantine/core";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

/** How long a page may take to show its heading, in milliseconds. */
const PATIENCE = 5000;

/** After going to another page: says its title and puts the focus on its heading, as a full page load would. */
export function RouteAnnouncer() {
  const pathname = useLocation({ select: (location) => location.pathname });
  const before = useRef(pathname);
  const [said, setSaid] = useState("");

  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    // The page may still have to load its code and data: wait for its heading, as long as nobody moved on.
    const began = performance.now();
    let frame = 0;
    const arrive = () => {
      const heading = document.querySelector<HTMLElement>("[data-page-title]");
      if (heading === null && performance.now() - began < PATIENCE) {
        frame = requestAnimationFrame(arrive);
        return;
      }
      setSaid(document.title);
      const active = document.activeElement;
      const busy =
        active instanceof HTMLElement && active.closest('main, [role="dialog"]') !== null && active.id !== "main";
      if (!busy) heading?.focus({ preventScroll: true });
    };
    // After the old page's heading is gone.
    const timer = setTimeout(arrive, 60);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [pathname]);

  return (
    <VisuallyHidden role="status" aria-live="polite">
      {said}
    </VisuallyHidden>
  );
}
