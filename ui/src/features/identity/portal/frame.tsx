// The frame around every page of an app user: whose platform it is, their menu, and who really sits there.
import { Link, Outlet } from "@tanstack/react-router";
import { useUserSession } from "~/lib/session";
import { Brand } from "~/primitives/brand";
import { ActingBanner } from "./acting-banner";
import { OwnMenu } from "./own-menu";
import classes from "./portal.module.css";

export function PortalFrame() {
  const session = useUserSession();
  return (
    <div className={classes.page}>
      {session.impersonation && <ActingBanner acting={session.impersonation} name={session.user?.name ?? ""} />}
      <header className={classes.top}>
        <Link to="/dashboard" className={classes.brand}>
          <Brand name={session.platform ?? ""} size={22} />
        </Link>
        <OwnMenu session={session} />
      </header>
      <Outlet />
    </div>
  );
}
