// Where one belongs: as what, since when, the one that is in use, and leaving.
import { Badge, Button, Group } from "@mantine/core";
import { Building2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isOpen } from "~/lib/organizations";
import { type OwnOrganization, useUserSession } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { toastDone } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { NothingYet } from "~/primitives/states";
import { OpenButton, wordOf } from "../organization/closed";
import { LeaveDialog } from "../organization/leave";
import { useChoose } from "../portal/choose";
import { Line, Lines, Reasoned } from "./section";

export function OrganizationsPage() {
  const { t } = useTranslation();
  const organizations = useUserSession().organizations ?? [];
  const [leaving, setLeaving] = useState<OwnOrganization | null>(null);
  return (
    <>
      <PageHeader title={t("account.sections.organizations")} description={t("account.organizations.text")} />
      {organizations.length === 0 ? (
        <NothingYet title={t("portal.none")}>{t("portal.noneText")}</NothingYet>
      ) : (
        <Lines none="" label={t("account.sections.organizations")}>
          {organizations.map((one) => (
            <OrganizationLine key={one.id} one={one} onLeave={() => setLeaving(one)} />
          ))}
        </Lines>
      )}
      {leaving && <LeaveDialog organization={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

function OrganizationLine({ one, onLeave }: { one: OwnOrganization; onLeave: () => void }) {
  const { t } = useTranslation();
  const choose = useChoose();
  const { organization: current } = useSurface();
  const open = isOpen(one);
  const use = () => {
    choose(one.id);
    toastDone(t("account.organizations.switched", { name: one.name }));
  };
  return (
    <Line
      below
      icon={<Building2 size={16} />}
      title={one.name}
      badge={
        <Group gap={6}>
          {one.id === current && <Badge color="green">{t("account.organizations.current")}</Badge>}
          {one.owned && <Badge variant="light">{t("organization.owner")}</Badge>}
          {!open && <Badge color="red">{t("portal.suspended")}</Badge>}
          {open && one.closed && <Badge color="yellow">{t(`organization.closed.${wordOf(one.closed)}.badge`)}</Badge>}
        </Group>
      }
      notes={[
        <span key="as">
          {t("account.organizations.as", {
            role: one.role_label,
            level: t(`account.organizations.levels.${one.level}`),
          })}
        </span>,
        <span key="since">
          {t("account.organizations.since")} <RelativeTime value={one.since} />
        </span>,
      ]}
      actions={
        <Group gap={8}>
          {open && one.closed && <OpenButton closed={one.closed} variant="default" size="xs" />}
          {open && one.id !== current && (
            <Button
              variant="default"
              size="xs"
              aria-label={t("account.organizations.switchTo", { name: one.name })}
              onClick={use}
            >
              {t("account.organizations.switch")}
            </Button>
          )}
          <Reasoned
            size="xs"
            reason={one.owned ? t("organization.ownersStay") : null}
            aria-label={t("account.organizations.leaveLabel", { name: one.name })}
            onClick={onLeave}
          >
            {t("organization.leave")}
          </Reasoned>
        </Group>
      }
    />
  );
}
