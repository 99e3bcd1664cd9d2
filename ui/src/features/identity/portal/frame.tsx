// The frame around every page of an app user: whose platform it is, where they are in it, their menu, and who really
// sits there.
import { Button, Group, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { Settings2 } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentOrganization } from "~/lib/organizations";
import { enter, useUserSession } from "~/lib/session";
import { administrationOf, portalFor, SurfaceContext } from "~/lib/surface";
import { Brand } from "~/primitives/brand";
import { Switcher } from "../organization/switcher";
import { ActingBanner } from "./acting-banner";
import { ChooseProvider } from "./choose";
import { OwnMenu } from "./own-menu";
import classes from "./portal.module.css";

export function PortalFrame() {
  const client = useQueryClient();
  const session = useUserSession();
  const [chosen, setChosen] = useState<string | null>(null);
  const organizations = session.organizations ?? [];
  const current = organizations.some((one) => one.id === chosen) ? chosen : currentOrganization(session);
  const surface = useMemo(() => portalFor(current), [current]);
  const choose = (id: string) => {
    enter(client, portalFor(id));
    setChosen(id);
  };
  return (
    <SurfaceContext.Provider value={surface}>
      <ChooseProvider value={choose}>
        <PortalPage where={<Where current={current} onChoose={choose} />}>
          <Outlet />
        </PortalPage>
      </ChooseProvider>
    </SurfaceContext.Provider>
  );
}

/** The frame without a page of the portal in it, for what stands before one. */
export function PortalPage({ where, children }: { where?: ReactNode; children: ReactNode }) {
  const session = useUserSession();
  return (
    <div className={classes.page}>
      {session.impersonation && <ActingBanner acting={session.impersonation} name={session.user?.name ?? ""} />}
      <header className={classes.top}>
        <Group gap={12} wrap="nowrap" className={classes.left}>
          <Link to="/dashboard" className={classes.brand}>
            <Brand name={session.platform ?? ""} size={22} />
          </Link>
          {where}
        </Group>
        <OwnMenu session={session} />
      </header>
      {children}
    </div>
  );
}

/** The organization they are in, and for those who look after it the way to its administration. */
function Where({ current, onChoose }: { current: string | null; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const organizations = useUserSession().organizations ?? [];
  const here = organizations.find((one) => one.id === current);
  return (
    <>
      <Switcher organizations={organizations} current={current} onChoose={onChoose} />
      {here?.administers && (
        <Tooltip label={t("organization.administrationOf", { name: here.name })}>
          <Button
            variant="default"
            size="xs"
            leftSection={<Settings2 size={14} aria-hidden />}
            className={classes.administration}
            aria-label={t("organization.administrationOf", { name: here.name })}
            renderRoot={(props) => <Link {...props} to={administrationOf(here.id).base} preload={false} />}
          >
            {t("organization.administration")}
          </Button>
        </Tooltip>
      )}
    </>
  );
}
