import { VisuallyHidden } from "@mantine/core";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

/** After going to another page: says its title and puts the focus on its heading, as a full page load would. */
export function RouteAnnouncer() {
  const pathname = useLocation({ select: (location) => location.pathname });
  const before = useRef(pathname);
  const [said, setSaid] = useState("");

  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    // The new page and its title are there after it has rendered.
    const timer = setTimeout(() => {
      setSaid(document.title);
      const active = document.activeElement;
      const busy =
        active instanceof HTMLElement && active.closest('main, [role="dialog"]') !== null && active.id !== "main";
      if (!busy) document.querySelector<HTMLElement>("[data-page-title]")?.focus({ preventScroll: true });
    }, 120);
    return () => clearTimeout(timer);
  }, [pathname]);

  return (
    <VisuallyHidden role="status" aria-live="polite">
      {said}
    </VisuallyHidden>
  );
}
