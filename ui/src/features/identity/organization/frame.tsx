// The frame around the administration of one organization: the way out, which one it is, and its own navigation.
import { Link, useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSession, useUserSession } from "~/lib/session";
import { administrationOf, useSurface } from "~/lib/surface";
import { Shell } from "~/shell/shell";
import { ActingBanner } from "../portal/acting-banner";
import classes from "./frame.module.css";
import { Switcher } from "./switcher";

export function OrganizationFrame() {
  const session = useSession();
  return (
    <Shell
      head={<Head />}
      banner={session.impersonation && <ActingBanner acting={session.impersonation} name={session.user?.name ?? ""} />}
    />
  );
}

function Head() {
  const { t } = useTranslation();
  const { organization } = useSurface();
  const navigate = useNavigate();
  const organizations = useUserSession().organizations ?? [];
  return (
    <div className={classes.head}>
      <Link to="/dashboard" className={classes.exit}>
        <LogOut size={14} aria-hidden />
        {t("organization.exit")}
      </Link>
      <Switcher
        organizations={organizations}
        current={organization}
        onChoose={(id) => void navigate({ to: administrationOf(id).base })}
      />
    </div>
  );
}
