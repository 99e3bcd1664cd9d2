// The start of the portal: what an app user belongs to, as what, what they can do about it, and what happened lately.
import { ActionIcon, Badge, Button, Group, Menu, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { DoorOpen, Ellipsis, Settings2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isOpen } from "~/lib/organizations";
import { type OwnOrganization, usePageTitle, useUserSession } from "~/lib/session";
import { administrationOf, useSurface } from "~/lib/surface";
import { RelativeTime } from "~/primitives/relative-time";
import { NothingYet } from "~/primitives/states";
import { OpenButton, wordOf } from "../organization/closed";
import { LeaveDialog } from "../organization/leave";
import { PortalActivity } from "./activity";
import classes from "./portal.module.css";
import { PortalRequests } from "./requests";

export function PortalHome() {
  const { t } = useTranslation();
  const session = useUserSession();
  const { organization: current } = useSurface();
  const [leaving, setLeaving] = useState<OwnOrganization | null>(null);
  const name = session.user?.name ?? "";
  const organizations = session.organizations ?? [];
  const here = organizations.find((one) => one.id === current);
  const acting = Boolean(session.impersonation);
  usePageTitle(t("portal.home"));
  return (
    <main className={classes.main}>
      <Title order={1}>{t("portal.hello", { name: name.split(" ")[0] })}</Title>
      <Text c="dimmed" fz={13} mt={4}>
        {t("portal.text")}
      </Text>
      <Title order={2} fz={15} mt={28}>
        {t("portal.organizations")}
      </Title>
      {organizations.length === 0 ? (
        <NothingYet title={t("portal.none")}>{t("portal.noneText")}</NothingYet>
      ) : (
        <ul className={classes.list}>
          {organizations.map((one) => (
            <li key={one.id} data-current={one.id === current || undefined}>
              <div className={classes.about}>
                <Group gap={8}>
                  <Text fz={14} fw={500} className={classes.name}>
                    {one.name}
                  </Text>
                  {one.owned && <Badge variant="light">{t("organization.owner")}</Badge>}
                  {!isOpen(one) && <Badge color="red">{t("portal.suspended")}</Badge>}
                  {isOpen(one) && one.closed && (
                    <Badge color="yellow">{t(`organization.closed.${wordOf(one.closed)}.badge`)}</Badge>
                  )}
                </Group>
                <Text fz={12} c="dimmed">
                  {t("organization.as", { role: one.role_label })} · {t("organization.since")}{" "}
                  <RelativeTime value={one.since} />
                </Text>
              </div>
              <Group gap={8} wrap="nowrap">
                {isOpen(one) && one.closed && <OpenButton closed={one.closed} variant="default" size="xs" />}
                {one.administers && !one.closed && (
                  <Button
                    variant="default"
                    size="xs"
                    leftSection={<Settings2 size={14} aria-hidden />}
                    aria-label={t("organization.administrationOf", { name: one.name })}
                    renderRoot={(props) => <Link {...props} to={administrationOf(one.id).base} preload={false} />}
                  >
                    {t("organization.administration")}
                  </Button>
                )}
                <More organization={one} acting={acting} onLeave={() => setLeaving(one)} />
              </Group>
            </li>
          ))}
        </ul>
      )}
      {!acting && <PortalRequests organization={here} />}
      {!acting && <PortalActivity organization={here} />}
      {leaving && <LeaveDialog organization={leaving} onClose={() => setLeaving(null)} />}
    </main>
  );
}

interface MoreProps {
  organization: OwnOrganization;
  acting: boolean;
  onLeave: () => void;
}

function More({ organization, acting, onLeave }: MoreProps) {
  const { t } = useTranslation();
  const why = acting ? t("organization.notAsSomebody") : organization.owned ? t("organization.ownersStay") : null;
  return (
    <Menu position="bottom-end" width={264}>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={t("organization.more", { name: organization.name })}>
          <Ellipsis size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<DoorOpen size={16} aria-hidden />}
          c={why === null ? "var(--mantine-color-error)" : undefined}
          aria-disabled={why !== null}
          data-disabled={why !== null || undefined}
          closeMenuOnClick={why === null}
          onClick={() => why === null && onLeave()}
        >
          {t("organization.leave")}
          {why !== null && (
            <Text fz={12} c="dimmed" maw={220} style={{ whiteSpace: "normal" }}>
              {why}
            </Text>
          )}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
