// The navigation, made from the registry: groups in a fixed order, only those that have something in them.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Labels, useLabels } from "~/lib/labels";
import { type Meta, useMeta } from "~/lib/meta";
import { PLATFORM, type Surface, useSurface } from "~/lib/surface";

export interface NavItem {
  /** Stable name, used for the `g` + letter chord. */
  name: string;
  label: string;
  icon: string | null;
  path: string;
  allowed: boolean;
  permission: string | null;
  /** The collection whose list leads to it; found by the palette, but no entry of its own in the navigation. */
  below?: string;
  /** What shares one entry of the navigation, as tabs beside each other: `people/sessions`. */
  entry?: string;
  /** The letter after `g`, when one was free. */
  letter?: string;
}

/** A line of the navigation: a page, or pages beside each other. */
export interface NavEntry {
  /** Where it leads: the first page that may be opened. */
  item: NavItem;
  label: string;
  items: NavItem[];
}

export interface NavGroup {
  name: string;
  label: string;
  items: NavItem[];
}

const ORDER = ["overview", "tables", "people", "work", "safety", "settings"];
/** Pages about what stands above them, so they come after it. */
const LATE = new Set(["permissions", "approvals"]);
/** Gives each item a letter: the first of its name where that is free, else the next free one. */
function assignLetters(items: NavItem[]): void {
  const used = new Set(["g"]);
  const give = (item: NavItem, candidates: string) => {
    const letter = [...candidates.toLowerCase()].find((one) => /[a-z]/.test(one) && !used.has(one));
    if (!letter) return;
    used.add(letter);
    item.letter = letter;
  };
  for (const item of items) give(item, item.name.charAt(0));
  for (const item of items) if (!item.letter) give(item, item.name);
}

/** What stands in no list of its own: an organization is looked at in its own administration's start. */
const ELSEWHERE: Record<string, string> = { organizations: "organization" };

export function buildNavigation(
  meta: Meta,
  labels: Labels,
  dashboard: string,
  settings: string,
  { base, kind }: Pick<Surface, "base" | "kind"> = PLATFORM,
): NavGroup[] {
  const groups = new Map<string, NavGroup>();
  const add = (place: string, own: NavItem) => {
    const group = place.split("/")[0] ?? place;
    const item = place === group ? own : { ...own, entry: place };
    const found = groups.get(group) ?? { name: group, label: labels.group(group), items: [] };
    if (!found.items.some((other) => other.path === item.path)) found.items.push(item);
    groups.set(group, found);
  };

  add("overview", {
    name: "dashboard",
    label: dashboard,
    icon: "dashboard",
    path: base,
    allowed: true,
    permission: null,
  });
  const collectionOf = (path: string) =>
    meta.resources.find((resource) => path.startsWith(`${base}/${resource.name}/`))?.name;
  const addPages = (late: boolean) => {
    for (const page of meta.pages) {
      const { name, icon, path, allowed, permission } = page;
      const below = collectionOf(path);
      // After the collection it is about, too.
      if ((LATE.has(name) || below !== undefined) !== late) continue;
      const item = { name, label: labels.page(page), icon, path, allowed, permission };
      add(page.group, below ? { ...item, below } : item);
    }
  };
  addPages(false);
  for (const resource of meta.resources) {
    if (ELSEWHERE[resource.name] === kind) continue;
    add(resource.group, {
      name: resource.name,
      label: labels.resource(resource),
      icon: resource.icon,
      path: `${base}/${resource.name}`,
      allowed: resource.can_read,
      permission: `${resource.name}:read`,
    });
  }
  addPages(true);
  if (meta.settings.length > 0) {
    add("settings", {
      name: "settings",
      label: settings,
      icon: "settings",
      path: `${base}/settings`,
      allowed: true,
      permission: null,
    });
  }

  const rank = (name: string) => {
    const at = ORDER.indexOf(name);
    // Groups of later modules stand between People and Safety.
    return at < 0 ? 2.5 : at;
  };
  const sorted = [...groups.values()].sort((a, b) => rank(a.name) - rank(b.name));
  assignLetters(sorted.flatMap(entriesOf).map((entry) => entry.item));
  return sorted;
}

/** The lines of a group, without what is reached from a list. */
export function entriesOf(group: NavGroup): NavEntry[] {
  const own = group.items.filter((item) => !item.below);
  return own
    .filter((item) => !item.entry || own.find((other) => other.entry === item.entry) === item)
    .map((item) => {
      const items = beside(group, item);
      return { item: items.find((one) => one.allowed) ?? item, label: item.label, items };
    });
}

/** What shares an entry with a page, itself among it. */
export function beside(group: NavGroup, item: NavItem): NavItem[] {
  return item.entry ? group.items.filter((other) => other.entry === item.entry && !other.below) : [item];
}

export function useNavigation(): NavGroup[] {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const surface = useSurface();
  return useMemo(
    () => buildNavigation(meta, labels, t("shell.dashboard"), t("shell.settings"), surface),
    [meta, labels, t, surface],
  );
}

/** The item an address belongs to: the longest path it begins with. */
export function currentItem(groups: NavGroup[], pathname: string, base = PLATFORM.base): NavItem | undefined {
  const path = pathname.replace(/\/$/, "") || "/";
  return groups
    .flatMap((group) => group.items)
    .filter((item) => path === item.path || (item.path !== base && path.startsWith(`${item.path}/`)))
    .sort((a, b) => b.path.length - a.path.length)[0];
}
