// The frame around every page: navigation, top bar, palette, sheet, and what keyboards and screen readers need.
import { ActionIcon, Burger, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { CircleHelp, PanelLeft } from "lucide-react";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useKeyboardShortcuts, useNavOpen } from "~/lib/preferences";
import { useSession } from "~/lib/session";
import { Beside } from "./beside";
import { Breadcrumbs } from "./breadcrumbs";
import { useChords } from "./chords";
import { ElevationBanner } from "./elevation-banner";
import { Nav } from "./nav";
import { useNavigation } from "./navigation";
import { PlaceBanner } from "./place-banner";
import { RouteAnnouncer } from "./route-announcer";
import classes from "./shell.module.css";
import { ShortcutSheet } from "./shortcuts";
import { UserMenu } from "./user-menu";

const loadPalette = () => import("./palette");
const Palette = lazy(loadPalette);

/** Milliseconds after the start; the page itself comes first. */
const PALETTE_AFTER = 1500;

interface ShellProps {
  /** What stands at the top of the navigation instead of the platform's name. */
  head?: ReactNode;
  /** What stands above everything, as long as it is true. */
  banner?: ReactNode;
}

export function Shell({ head, banner }: ShellProps) {
  const { t } = useTranslation();
  const session = useSession();
  const groups = useNavigation();
  const navigate = useNavigate();
  const pathname = useLocation({ select: (location) => location.pathname });
  const [keyboard] = useKeyboardShortcuts();
  const [navOpen, setNavOpen] = useNavOpen();
  const [drawer, drawerIs] = useDisclosure(false);
  const [sheet, sheetIs] = useDisclosure(false);
  const [palette, setPalette] = useState<"unloaded" | "closed" | "open">("unloaded");

  const openPalette = useCallback(() => setPalette("open"), []);
  const go = useCallback(
    (letter: string) => {
      const item = groups.flatMap((group) => group.items).find((one) => one.letter === letter);
      if (item) void navigate({ to: item.path });
    },
    [groups, navigate],
  );
  useHotkeys([["mod+K", openPalette]], [], true);
  useChords({ enabled: keyboard, go, help: sheetIs.open });

  // Fetched when there is nothing better to do, so that the first letter typed after Ctrl-K is not lost.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), PALETTE_AFTER);
    return () => clearTimeout(timer);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes whenever the page changes
  useEffect(() => drawerIs.close(), [pathname]);

  return (
    <div className={classes.shell} data-nav={navOpen || undefined}>
      <a className={classes.skip} href="#main">
        {t("shell.skip")}
      </a>
      {navOpen && (
        <aside className={classes.side}>
          <Nav head={head} groups={groups} onPalette={openPalette} />
        </aside>
      )}
      <Drawer.Root opened={drawer} onClose={drawerIs.close} size={280}>
        <Drawer.Overlay backgroundOpacity={0.2} />
        <Drawer.Content aria-label={t("shell.navigation")}>
          <Drawer.Body p={0} className={classes.drawer}>
            <Nav
              head={head}
              groups={groups}
              onGo={drawerIs.close}
              onPalette={() => {
                drawerIs.close();
                openPalette();
              }}
            />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <div className={classes.body}>
        {banner}
        <header className={classes.top}>
          <Burger
            className={classes.burger}
            opened={drawer}
            onClick={drawerIs.toggle}
            size={16}
            aria-label={t("shell.openNavigation")}
          />
          <Tooltip label={navOpen ? t("shell.hideNavigation") : t("shell.showNavigation")}>
            <ActionIcon
              className={classes.fold}
              variant="subtle"
              color="gray"
              size={28}
              aria-label={navOpen ? t("shell.hideNavigation") : t("shell.showNavigation")}
              aria-expanded={navOpen}
              onClick={() => setNavOpen(!navOpen)}
            >
              <PanelLeft size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Breadcrumbs groups={groups} />
          <Tooltip label={t("shell.shortcuts")}>
            <ActionIcon
              className={classes.help}
              variant="subtle"
              color="gray"
              size={28}
              aria-label={t("shell.shortcuts")}
              onClick={sheetIs.open}
            >
              <CircleHelp size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
          {session.user && <UserMenu session={session} user={session.user} onShortcuts={sheetIs.open} />}
        </header>
        <PlaceBanner place={session.impersonation ?? null} />
        <ElevationBanner />
        <Beside groups={groups} />
        <main id="main" tabIndex={-1} className={classes.main}>
          <Outlet />
        </main>
      </div>
      <RouteAnnouncer />
      <ShortcutSheet opened={sheet} onClose={sheetIs.close} groups={groups} />
      {palette !== "unloaded" && (
        <Suspense>
          <Palette opened={palette === "open"} onClose={() => setPalette("closed")} groups={groups} />
        </Suspense>
      )}
    </div>
  );
}
