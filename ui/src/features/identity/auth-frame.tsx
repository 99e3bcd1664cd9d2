// The quiet page around sign-in, set-up and the links people get by mail.
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES, type Language, setLanguage } from "~/i18n";
import { usePageTitle, usePlatform } from "~/lib/session";
import { Brand } from "~/primitives/brand";
import classes from "./auth-frame.module.css";

interface AuthFrameProps {
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

export function AuthFrame({ title, description, children }: AuthFrameProps) {
  const { t } = useTranslation();
  const language = currentLanguage();
  const platform = usePlatform();
  usePageTitle(title);
  return (
    <div className={classes.page}>
      <main className={classes.card}>
        <Stack gap={20}>
          <Brand name={platform} size={24} />
          <div>
            <Title order={1}>{title}</Title>
            {description && (
              <Text c="dimmed" fz={13} mt={4} component="div">
                {description}
              </Text>
            )}
          </div>
          {children}
        </Stack>
      </main>
      <Group gap={12} justify="center" component="nav" aria-label={t("shell.language")}>
        {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
          <Anchor
            key={code}
            component="button"
            type="button"
            lang={code}
            fz={12}
            c="dimmed"
            fw={language === code ? 600 : 400}
            aria-current={language === code || undefined}
            onClick={() => void setLanguage(code)}
          >
            {name}
          </Anchor>
        ))}
      </Group>
    </div>
  );
}
