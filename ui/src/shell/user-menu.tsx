import { Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { Keyboard, LogOut, Monitor, Moon, ShieldCheck, Sun, UserCog } from "lucide-react";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES, type Language, setLanguage } from "~/i18n";
import { STAFF } from "~/lib/door";
import { forgetPerson, type Session, type SessionUser, signOut } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { toastProblem } from "~/lib/toast";
import classes from "./user-menu.module.css";

const SCHEMES = [
  ["light", Sun],
  ["dark", Moon],
  ["auto", Monitor],
] as const;

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined].map(
    (word) => [...(word ?? "")][0] ?? "",
  );
  return letters.join("").toUpperCase() || "?";
}

interface UserMenuProps {
  session: Session;
  user: SessionUser;
  onShortcuts: () => void;
}

export function UserMenu({ session, user, onShortcuts }: UserMenuProps) {
  const { t } = useTranslation();
  const { door } = useSurface();
  const client = useQueryClient();
  const router = useRouter();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const language = currentLanguage();

  const leave = async () => {
    try {
      if ((await signOut(client, door)).leaving) return;
    } catch (error) {
      toastProblem(error, t("shell.signOutFailed"));
      return;
    }
    await router.navigate({ to: door.signIn });
    forgetPerson(client);
  };

  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton className={classes.face} aria-label={t("shell.userMenu", { name: user.name })}>
          <span className={classes.initials} data-initials={initialsOf(user.name)} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <Text fz={13} fw={600}>
            {user.name}
          </Text>
          <Text fz={12} c="dimmed">
            {user.email}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to={door.account} leftSection={<UserCog size={16} aria-hidden />}>
          {t("shell.profile")}
        </Menu.Item>
        {session.administration && (
          <Menu.Item component="a" href={STAFF.home} leftSection={<ShieldCheck size={16} aria-hidden />}>
            {t("portal.administration")}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<Keyboard size={16} aria-hidden />} onClick={onShortcuts}>
          {t("shell.shortcuts")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("shell.appearance")}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)}>
          {SCHEMES.map(([scheme, Shape]) => (
            <Menu.RadioItem key={scheme} value={scheme} rightSection={<Shape size={16} aria-hidden />}>
              {t(`shell.schemes.${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("shell.language")}</Menu.Label>
        <Menu.RadioGroup value={language} onChange={(code) => void setLanguage(code as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <Menu.RadioItem key={code} value={code} lang={code}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        {!session.impersonation && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void leave()}>
              {t("shell.signOut")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
