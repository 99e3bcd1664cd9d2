// What a person chose for this browser: keys, pinned and recent pages, folded groups. Never anything secret.
import { useLocalStorage } from "@mantine/hooks";

export interface PageLink {
  path: string;
  label: string;
}

const RECENT_MAX = 5;

function stored<T>(key: string, defaultValue: T) {
  return () => useLocalStorage<T>({ key: `quarterdeck.${key}`, defaultValue, getInitialValueInEffect: false });
}

/** `g` + letter, `/`, `?` and the single letters of lists. */
export const useKeyboardShortcuts = stored("keyboard", true);
export const usePinned = stored<PageLink[]>("pinned", []);
export const useFoldedGroups = stored<string[]>("folded", []);
export const useDensity = stored<"compact" | "normal" | "relaxed">("density", "normal");
export const useNavOpen = stored("nav", true);

const useRecentList = stored<PageLink[]>("recent", []);

export function useRecent() {
  const [recent, setRecent] = useRecentList();
  const others = (links: PageLink[], path: string) => links.filter((link) => link.path !== path);
  return {
    recent,
    visit: (link: PageLink) => setRecent((before) => [link, ...others(before, link.path)].slice(0, RECENT_MAX)),
    forget: (path: string) => setRecent((before) => others(before, path)),
  };
}
