// The menu of an app user: their account, the administration for those who may, and the way out.
import { Button, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { ChevronDown, LogOut, ShieldCheck, UserCog } from "lucide-react";
import { useTranslation } from "react-i18next";
import { USER } from "~/lib/door";
import { type Session, signOut } from "~/lib/session";
import { toastProblem } from "~/lib/toast";

export function OwnMenu({ session }: { session: Session }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const name = session.user?.name ?? "";
  const leave = async () => {
    try {
      if ((await signOut(client, USER)).leaving) return;
    } catch (error) {
      toastProblem(error, t("portal.signOutFailed"));
      return;
    }
    await router.navigate({ to: "/auth/login" });
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          rightSection={<ChevronDown size={14} aria-hidden />}
          aria-label={t("portal.menu", { name })}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.user?.email}</Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<UserCog size={16} aria-hidden />}>
          {t("portal.account")}
        </Menu.Item>
        {session.administration && (
          <Menu.Item component="a" href="/admin" leftSection={<ShieldCheck size={16} aria-hidden />}>
            {t("portal.administration")}
          </Menu.Item>
        )}
        {!session.impersonation && (
          <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void leave()}>
            {t("portal.signOut")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
