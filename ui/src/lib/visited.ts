// Which pages count as visited: those that had something to show, told by themselves.
import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useRecent } from "./preferences";

/** Remembers the page under this name once it is known, and forgets it when the name is null: nothing is there. */
export function useVisited(label: string | null | undefined): void {
  const path = useLocation({ select: (location) => location.pathname });
  const { visit, forget } = useRecent();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a visit is counted once per address and name, not per render
  useEffect(() => {
    if (label === null) forget(path);
    else if (label !== undefined && label !== "") visit({ path, label });
  }, [path, label]);
}
