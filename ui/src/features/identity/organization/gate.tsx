// Before the administration of an organization: whether this is one of theirs, whether it opens to this session now, and
// whether they look after it. Each answer says what to do next.
import { Button, Code, Group } from "@mantine/core";
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { Clock, Lock, PauseCircle, SearchX, ShieldAlert, WifiOff } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type OwnOrganization, usePageTitle, useSession, useUserSession } from "~/lib/session";
import { administrationOf, SurfaceContext, useSurface } from "~/lib/surface";
import { StateBlock } from "~/primitives/states";
import { PortalPage } from "../portal/frame";
import { type ClosedWord, OpenButton, wordOf } from "./closed";
import { Switcher } from "./switcher";

export function OrganizationGate() {
  const { organization = "" } = useParams({ strict: false });
  const surface = useMemo(() => administrationOf(organization), [organization]);
  return (
    <SurfaceContext.Provider value={surface}>
      <Gate key={organization} />
    </SurfaceContext.Provider>
  );
}

type Shut = "notYours" | "suspended" | "resting" | ClosedWord | "elsewhere" | "noAdministration";

function Gate() {
  const { organization } = useSurface();
  const navigate = useNavigate();
  const member = useUserSession();
  const acting = useSession();
  const own = member.organizations?.find((one) => one.id === organization);
  const there = acting.organizations?.find((one) => one.id === organization);
  const shut: Shut | null = !own
    ? "notYours"
    : own.status !== "active"
      ? "suspended"
      : own.membership !== "active"
        ? "resting"
        : own.closed
          ? wordOf(own.closed)
          : acting.state !== "signed_in"
            ? "elsewhere"
            : there?.administers
              ? null
              : "noAdministration";
  if (shut === null) return <Outlet />;
  const choose = (id: string) => void navigate({ to: administrationOf(id).base });
  return (
    <PortalPage
      where={<Switcher organizations={member.organizations ?? []} current={organization} onChoose={choose} />}
    >
      <ShutState shut={shut} own={own} />
    </PortalPage>
  );
}

const ICONS: Record<Shut, ReactNode> = {
  notYours: <SearchX size={20} aria-hidden />,
  suspended: <PauseCircle size={20} aria-hidden />,
  resting: <PauseCircle size={20} aria-hidden />,
  ended: <ShieldAlert size={20} aria-hidden />,
  factorMissing: <ShieldAlert size={20} aria-hidden />,
  factorUnused: <ShieldAlert size={20} aria-hidden />,
  hours: <Clock size={20} aria-hidden />,
  elsewhere: <WifiOff size={20} aria-hidden />,
  noAdministration: <Lock size={20} aria-hidden />,
};

function ShutState({ shut, own }: { shut: Shut; own: OwnOrganization | undefined }) {
  const { t } = useTranslation();
  const closed = own?.closed;
  const title = t(`organization.closed.${shut}.title`, { name: own?.name });
  usePageTitle(title);
  return (
    <main>
      <StateBlock
        icon={ICONS[shut]}
        title={title}
        action={
          <Group gap={8} justify="center">
            {closed && <OpenButton closed={closed} />}
            <Button variant="default" renderRoot={(props) => <Link {...props} to="/dashboard" />}>
              {t("organization.back")}
            </Button>
          </Group>
        }
      >
        {t(`organization.closed.${shut}.text`, {
          name: own?.name,
          hours: closed?.why === "hours" ? closed.hours : undefined,
        })}
        {shut === "noAdministration" && (
          <>
            {" "}
            {own?.owner ? t("organization.askOwner", { owner: own.owner }) : t("organization.askStaff")}{" "}
            {t("states.missing")} <Code>memberships:update</Code>
          </>
        )}
      </StateBlock>
    </main>
  );
}
