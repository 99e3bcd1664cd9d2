// The frame of one's own account, the same for both kinds: sections on the left, on narrow screens above.
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { KeyRound, VenetianMask } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Door, STAFF, USER } from "~/lib/door";
import { usePageTitle, useSession, useUserSession } from "~/lib/session";
import { PageHeader } from "~/primitives/page-header";
import { StateBlock } from "~/primitives/states";
import classes from "./account.module.css";
import { DoorProvider, type Section, sectionsOf } from "./sections";

function Menu({ door, here }: { door: Door; here: Section | undefined }) {
  const { t } = useTranslation();
  const menu = useRef<HTMLElement>(null);
  const name = here?.name;
  // On a narrow screen the sections are one line that is longer than it.
  useEffect(() => {
    if (name) menu.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [name]);
  return (
    <nav ref={menu} className={classes.menu} aria-label={t("account.menu")}>
      <ul>
        {sectionsOf(door).map(({ name, path, icon: Shape }) => (
          <li key={name}>
            <Link
              to={path}
              className={classes.item}
              data-active={name === here?.name || undefined}
              aria-current={name === here?.name ? "page" : undefined}
            >
              <Shape size={16} aria-hidden />
              {t(`account.sections.${name}`)}
            </Link>
          </li>
        ))}
        {door.kind === "staff" && <StaffKeys />}
      </ul>
    </nav>
  );
}

function StaffKeys() {
  const { t } = useTranslation();
  const id = useSession().user?.id ?? "";
  return (
    <li>
      <Link
        to="/admin/$collection"
        params={{ collection: "keys" }}
        search={{ filter: `staff_id=eq.${id}` } as never}
        className={classes.item}
      >
        <KeyRound size={16} aria-hidden />
        {t("account.sections.keys")}
      </Link>
    </li>
  );
}

/** The section of an address; of several that fit, the longest. */
function useHere(door: Door): Section | undefined {
  const pathname = useLocation({ select: (location) => location.pathname });
  return sectionsOf(door)
    .filter(({ path }) => pathname === path || pathname.startsWith(`${path}/`))
    .at(-1);
}

/** At `/account`, inside the frame of app users. */
export function UserAccount() {
  const { t } = useTranslation();
  const { impersonation, user } = useUserSession();
  const here = useHere(USER);
  const title = t(`account.sections.${here?.name ?? "profile"}`);
  usePageTitle(title);
  return (
    <DoorProvider value={USER}>
      <main className={classes.main}>
        <div className={classes.frame}>
          <Menu door={USER} here={here} />
          <div className={classes.page}>
            {impersonation ? <TheirsAlone title={title} name={user?.name ?? ""} by={impersonation.by} /> : <Outlet />}
          </div>
        </div>
      </main>
    </DoorProvider>
  );
}

/** Nothing of this may be seen or done in somebody else's name. */
function TheirsAlone({ title, name, by }: { title: string; name: string; by: string }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={title} />
      <StateBlock icon={<VenetianMask size={20} aria-hidden />} title={t("account.theirs", { name })}>
        {t("account.theirsText", { by, name })}
      </StateBlock>
    </>
  );
}

/** At `/admin/profile`, inside the frame of the administration. */
export function StaffAccount() {
  const here = useHere(STAFF);
  return (
    <DoorProvider value={STAFF}>
      <div className={classes.frame}>
        <Menu door={STAFF} here={here} />
        <div className={classes.page}>
          <Outlet />
        </div>
      </div>
    </DoorProvider>
  );
}
