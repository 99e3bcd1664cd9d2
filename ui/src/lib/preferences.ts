// What a person chose for this browser: keys, pinned and recent pages, folded groups. Never anything secret.
import { useLocalStorage } from "@mantine/hooks";
import { useSurface } from "./surface";

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
export const useFoldedGroups = stored<string[]>("folded", []);
export const useDensity = stored<"compact" | "normal" | "relaxed">("density", "normal");
/** Whether tables follow what others change while one looks at them. */
export const useFollowing = stored("live", true);
export const useNavOpen = stored("nav", true);

/** Pages of one organization are no shortcut in another. */
function useStoredHere(key: string) {
  const { organization } = useSurface();
  const name = organization === null ? `quarterdeck.${key}` : `quarterdeck.${key}.${organization}`;
  return useLocalStorage<PageLink[]>({ key: name, defaultValue: [], getInitialValueInEffect: false });
}

export const usePinned = () => useStoredHere("pinned");
const useRecentList = () => useStoredHere("recent");

export function useRecent() {
  const [recent, setRecent] = useRecentList();
  const others = (links: PageLink[], path: string) => links.filter((link) => link.path !== path);
  return {
    recent,
    visit: (link: PageLink) => setRecent((before) => [link, ...others(before, link.path)].slice(0, RECENT_MAX)),
    forget: (path: string) => setRecent((before) => others(before, path)),
  };
}
