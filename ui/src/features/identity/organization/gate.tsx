// Before the administration of an organization: whether this is one of theirs, whether it can be acted for now, and
// whether they look after it. Each answer says what to do next.
import { Button, Code } from "@mantine/core";
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { Lock, PauseCircle, SearchX, WifiOff } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type OwnOrganization, usePageTitle, useSession, useUserSession } from "~/lib/session";
import { administrationOf, SurfaceContext, useSurface } from "~/lib/surface";
import { StateBlock } from "~/primitives/states";
import { PortalPage } from "../portal/frame";
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

type Closed = "notYours" | "suspended" | "resting" | "elsewhere" | "noAdministration";

function Gate() {
  const { organization } = useSurface();
  const navigate = useNavigate();
  const member = useUserSession();
  const acting = useSession();
  const own = member.organizations?.find((one) => one.id === organization);
  const there = acting.organizations?.find((one) => one.id === organization);
  const closed: Closed | null = !own
    ? "notYours"
    : own.status !== "active"
      ? "suspended"
      : own.membership !== "active"
        ? "resting"
        : acting.state !== "signed_in"
          ? "elsewhere"
          : there?.administers
            ? null
            : "noAdministration";
  if (closed === null) return <Outlet />;
  const choose = (id: string) => void navigate({ to: administrationOf(id).base });
  return (
    <PortalPage
      where={<Switcher organizations={member.organizations ?? []} current={organization} onChoose={choose} />}
    >
      <ClosedState closed={closed} own={own} />
    </PortalPage>
  );
}

const ICONS: Record<Closed, ReactNode> = {
  notYours: <SearchX size={20} aria-hidden />,
  suspended: <PauseCircle size={20} aria-hidden />,
  resting: <PauseCircle size={20} aria-hidden />,
  elsewhere: <WifiOff size={20} aria-hidden />,
  noAdministration: <Lock size={20} aria-hidden />,
};

function ClosedState({ closed, own }: { closed: Closed; own: OwnOrganization | undefined }) {
  const { t } = useTranslation();
  const title = t(`organization.closed.${closed}.title`, { name: own?.name });
  usePageTitle(title);
  return (
    <main>
      <StateBlock
        icon={ICONS[closed]}
        title={title}
        action={
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/dashboard" />}>
            {t("organization.back")}
          </Button>
        }
      >
        {t(`organization.closed.${closed}.text`, { name: own?.name })}
        {closed === "noAdministration" && (
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
