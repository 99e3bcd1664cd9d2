// The frame around every page of an app user: whose platform it is, their menu, and who really sits there.
import { Group, Text } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { useUserSession } from "~/lib/session";
import { Logo } from "~/primitives/logo";
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
          <Group gap={8} wrap="nowrap">
            <Logo size={22} />
            <Text fw={600} fz={14}>
              Quarterdeck
            </Text>
          </Group>
        </Link>
        <OwnMenu session={session} />
      </header>
      <Outlet />
    </div>
  );
}
