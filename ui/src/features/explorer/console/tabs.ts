/** The tabs of the console: drafts that this browser keeps for whoever is signed in. */
import { useLocalStorage } from "@mantine/hooks";
import { useCallback } from "react";
import { newKey } from "~/lib/api";
import { useSession } from "~/lib/session";
import { forget } from "./runs";

export interface Tab {
  id: string;
  /** Given by a person or a saved query; numbered without. */
  name: string;
  text: string;
  parameters: Record<string, string | null>;
  /** The saved query that it shows. */
  saved?: string;
}

interface Kept {
  tabs: Tab[];
  active: string;
}

const MOST = 20;
const fresh = (name: string, text = ""): Tab => ({ id: newKey(), name, text, parameters: {} });

export interface Tabs {
  tabs: readonly Tab[];
  current: Tab;
  choose: (id: string) => void;
  change: (id: string, by: Partial<Tab>) => void;
  add: (tab?: Partial<Tab>) => void;
  close: (id: string) => void;
}

export function useTabs(numbered: (n: number) => string): Tabs {
  const who = useSession().user?.id ?? "nobody";
  const [kept, setKept] = useLocalStorage<Kept>({
    key: `quarterdeck.sql.${who}`,
    defaultValue: { tabs: [{ ...fresh(numbered(1)), id: "first" }], active: "first" },
    getInitialValueInEffect: false,
  });
  const tabs = kept.tabs.length > 0 ? kept.tabs : [{ ...fresh(numbered(1)), id: "first" }];
  const current = tabs.find((tab) => tab.id === kept.active) ?? (tabs[0] as Tab);

  const choose = useCallback((id: string) => setKept((now) => ({ ...now, active: id })), [setKept]);
  const change = useCallback(
    (id: string, by: Partial<Tab>) =>
      setKept((now) => ({ ...now, tabs: now.tabs.map((tab) => (tab.id === id ? { ...tab, ...by } : tab)) })),
    [setKept],
  );
  const add = (given: Partial<Tab> = {}) =>
    setKept((now) => {
      const names = new Set(now.tabs.map((tab) => tab.name));
      let n = now.tabs.length + 1;
      while (names.has(numbered(n))) n++;
      const tab = { ...fresh(numbered(n)), ...given };
      return { tabs: [...now.tabs, tab].slice(-MOST), active: tab.id };
    });
  const close = (id: string) => {
    forget(id);
    setKept((now) => {
      const at = now.tabs.findIndex((tab) => tab.id === id);
      const left = now.tabs.filter((tab) => tab.id !== id);
      if (left.length === 0) left.push(fresh(numbered(1)));
      const next = now.active === id ? (left[Math.min(at, left.length - 1)] ?? left[0]) : undefined;
      return { tabs: left, active: next?.id ?? now.active };
    });
  };
  return { tabs, current, choose, change, add, close };
}
