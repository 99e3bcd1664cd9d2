// The left navigation: pinned and recent pages first, then the groups, which fold.
import { ActionIcon, Collapse, Kbd, ScrollArea, Tooltip, UnstyledButton } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { ChevronDown, Clock, Lock, Pin, PinOff, Search } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMeta } from "~/lib/meta";
import { type PageLink, useFoldedGroups, useKeyboardShortcuts, usePinned, useRecent } from "~/lib/preferences";
import { useSurface } from "~/lib/surface";
import { Icon } from "~/primitives/icon";
import { Logo } from "~/primitives/logo";
import { EnvironmentBadge } from "./environment-badge";
import classes from "./nav.module.css";
import { currentItem, entriesOf, type NavEntry, type NavGroup } from "./navigation";

interface NavProps {
  /** What stands at the top instead of the platform's name. */
  head?: ReactNode;
  groups: NavGroup[];
  onPalette: () => void;
  /** A page was chosen: a drawer holding this closes. */
  onGo?: () => void;
}

export function Nav({ head, groups, onPalette, onGo }: NavProps) {
  const { t } = useTranslation();
  const meta = useMeta();
  const pathname = useLocation({ select: (location) => location.pathname });
  const [folded, setFolded] = useFoldedGroups();
  const [pinned, setPinned] = usePinned();
  const { recent } = useRecent();
  const { base } = useSurface();
  const here = currentItem(groups, pathname, base);
  const known = groups.flatMap((group) => group.items.map((item) => item.path));
  // Pages of the navigation are one click away already; "recent" is for objects and tables.
  const recentOthers = recent
    .filter((link) => !known.includes(link.path) && !pinned.some((pin) => pin.path === link.path))
    .slice(0, 4);
  const toggle = (name: string) =>
    setFolded((before) => (before.includes(name) ? before.filter((one) => one !== name) : [...before, name]));
  const isPinned = (path: string) => pinned.some((pin) => pin.path === path);
  const togglePin = (link: PageLink) =>
    setPinned((before) => (isPinned(link.path) ? before.filter((pin) => pin.path !== link.path) : [...before, link]));

  return (
    <div className={classes.nav}>
      {head ?? (
        <div className={classes.head}>
          <Link to={base} className={classes.brand} onClick={onGo}>
            <Logo />
            <span>{meta.product.name}</span>
          </Link>
          <EnvironmentBadge environment={meta.product.environment} />
        </div>
      )}
      <UnstyledButton className={classes.search} onClick={onPalette}>
        <Search size={14} aria-hidden />
        <span>{t("shell.search")}</span>
        <Kbd className={classes.kbd}>Ctrl K</Kbd>
      </UnstyledButton>
      <ScrollArea className={classes.scroll} type="scroll" scrollbarSize={6}>
        <nav aria-label={t("shell.navigation")}>
          {pinned.length > 0 && (
            <Shortcuts
              title={t("shell.pinned")}
              links={pinned}
              onGo={onGo}
              onUnpin={togglePin}
              icon={<Pin size={14} aria-hidden />}
            />
          )}
          {recentOthers.length > 0 && (
            <Shortcuts
              title={t("shell.recent")}
              links={recentOthers}
              onGo={onGo}
              icon={<Clock size={14} aria-hidden />}
            />
          )}
          {groups.map((group) => {
            const closed = folded.includes(group.name);
            return (
              <section key={group.name} className={classes.group}>
                <UnstyledButton className={classes.title} aria-expanded={!closed} onClick={() => toggle(group.name)}>
                  <span>{group.label}</span>
                  <ChevronDown size={12} aria-hidden className={classes.chevron} data-closed={closed || undefined} />
                </UnstyledButton>
                <Collapse expanded={!closed}>
                  <ul className={classes.items}>
                    {entriesOf(group).map((entry) => (
                      <li key={entry.item.path} className={classes.row}>
                        <EntryLink
                          entry={entry}
                          active={here !== undefined && entry.items.includes(here)}
                          exact={entry.item.path === pathname}
                          onGo={onGo}
                        />
                        <PinButton
                          link={{ path: entry.item.path, label: entry.label }}
                          pinned={isPinned(entry.item.path)}
                          onToggle={togglePin}
                        />
                      </li>
                    ))}
                  </ul>
                </Collapse>
              </section>
            );
          })}
        </nav>
      </ScrollArea>
    </div>
  );
}

interface EntryLinkProps {
  entry: NavEntry;
  active: boolean;
  exact: boolean;
  onGo?: () => void;
}

function EntryLink({ entry: { item, label }, active, exact, onGo }: EntryLinkProps) {
  const { t } = useTranslation();
  const [keyboard] = useKeyboardShortcuts();
  const link = (
    <Link
      to={item.path}
      className={classes.item}
      data-active={active || undefined}
      aria-current={exact ? "page" : active ? "true" : undefined}
      onClick={onGo}
    >
      <Icon name={item.icon} />
      <span className={classes.label}>{label}</span>
      {item.letter && keyboard && (
        <span className={classes.letter} aria-hidden="true">
          G {item.letter.toUpperCase()}
        </span>
      )}
      {!item.allowed && <Lock size={12} aria-label={t("states.noPermission")} />}
    </Link>
  );
  if (item.allowed) return link;
  return <Tooltip label={t("actions.needs", { permission: item.permission })}>{link}</Tooltip>;
}

interface PinButtonProps {
  link: PageLink;
  pinned: boolean;
  onToggle: (link: PageLink) => void;
}

function PinButton({ link, pinned, onToggle }: PinButtonProps) {
  const { t } = useTranslation();
  const label = t(pinned ? "shell.unpin" : "shell.pin", { page: link.label });
  return (
    <ActionIcon
      className={classes.pin}
      variant="subtle"
      color="gray"
      size={24}
      aria-label={label}
      aria-pressed={pinned}
      onClick={() => onToggle(link)}
    >
      {pinned ? <PinOff size={12} aria-hidden /> : <Pin size={12} aria-hidden />}
    </ActionIcon>
  );
}

interface ShortcutsProps {
  title: string;
  links: PageLink[];
  icon: ReactNode;
  onGo?: () => void;
  onUnpin?: (link: PageLink) => void;
}

function Shortcuts({ title, links, icon, onGo, onUnpin }: ShortcutsProps) {
  const { t } = useTranslation();
  return (
    <section className={classes.group}>
      <div className={classes.title}>{title}</div>
      <ul className={classes.items}>
        {links.map((link) => (
          <li key={link.path} className={classes.row}>
            <Link to={link.path} className={classes.item} onClick={onGo}>
              {icon}
              <span className={classes.label}>{link.label}</span>
            </Link>
            {onUnpin && (
              <ActionIcon
                className={classes.pin}
                variant="subtle"
                color="gray"
                size={24}
                aria-label={t("shell.unpin", { page: link.label })}
                onClick={() => onUnpin(link)}
              >
                <PinOff size={12} aria-hidden />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
