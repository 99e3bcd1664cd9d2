import { Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { Check, Keyboard, Languages, LogOut, Monitor, Moon, Sun, UserCog } from "lucide-react";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES, type Language, setLanguage } from "~/i18n";
import { api } from "~/lib/api";
import { forgetPerson, type SessionUser, sessionQuery } from "~/lib/session";
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

export function UserMenu({ user, onShortcuts }: { user: SessionUser; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const language = currentLanguage();

  const signOut = async () => {
    try {
      await api.delete("/session");
    } catch (error) {
      toastProblem(error, t("shell.signOutFailed"));
      return;
    }
    client.setQueryData(sessionQuery.queryKey, { state: "signed_out" });
    await router.navigate({ to: "/admin/login" });
    forgetPerson(client);
  };

  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton className={classes.face} aria-label={t("shell.userMenu", { name: user.name })}>
          {initialsOf(user.name)}
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
        <Menu.Item component={Link} to="/admin/profile" leftSection={<UserCog size={16} aria-hidden />}>
          {t("shell.profile")}
        </Menu.Item>
        <Menu.Item leftSection={<Keyboard size={16} aria-hidden />} onClick={onShortcuts}>
          {t("shell.shortcuts")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("shell.appearance")}</Menu.Label>
        {SCHEMES.map(([scheme, Shape]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={<Shape size={16} aria-hidden />}
            rightSection={colorScheme === scheme && <Check size={14} aria-hidden />}
            closeMenuOnClick={false}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`shell.schemes.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("shell.language")}</Menu.Label>
        {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
          <Menu.Item
            key={code}
            lang={code}
            role="menuitemradio"
            aria-checked={language === code}
            leftSection={<Languages size={16} aria-hidden />}
            rightSection={language === code && <Check size={14} aria-hidden />}
            closeMenuOnClick={false}
            onClick={() => void setLanguage(code)}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void signOut()}>
          {t("shell.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
