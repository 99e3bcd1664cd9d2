// Who I am here, what I may do, and how the panel looks and listens on this device.
import {
  Code,
  Container,
  Group,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES, type Language, setLanguage } from "~/i18n";
import { humanize } from "~/lib/labels";
import { useDensity, useKeyboardShortcuts } from "~/lib/preferences";
import { useSession } from "~/lib/session";
import { FactList } from "~/primitives/key-facts";
import { NullValue } from "~/primitives/null-value";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { ShortId } from "~/primitives/short-id";

export function Profile() {
  const { t } = useTranslation();
  const session = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [density, setDensity] = useDensity();
  const [keyboard, setKeyboard] = useKeyboardShortcuts();
  const user = session.user;
  if (!user) return null;
  const time = (value: string | null | undefined) => (value ? <RelativeTime value={value} /> : <NullValue />);
  return (
    <Container size={640} p={0} m={0}>
      <Stack gap={32}>
        <PageHeader title={t("profile.title")} description={t("profile.text")} />
        <section style={{ containerType: "inline-size" }}>
          <FactList
            facts={[
              { key: "name", label: t("identity.name"), value: user.name },
              { key: "email", label: t("identity.email"), value: user.email },
              { key: "role", label: t("profile.role"), value: humanize(user.role) },
              { key: "id", label: t("object.id"), value: <ShortId value={user.id} /> },
              { key: "idle", label: t("profile.idle"), value: time(session.idle_expires_at) },
              { key: "ends", label: t("profile.ends"), value: time(session.expires_at) },
            ]}
          />
        </section>
        <section>
          <Title order={2} mb={12}>
            {t("profile.device")}
          </Title>
          <Stack gap={16} align="flex-start">
            <Choice label={t("shell.appearance")}>
              <SegmentedControl
                aria-label={t("shell.appearance")}
                data={(["light", "dark", "auto"] as const).map((value) => ({
                  value,
                  label: t(`shell.schemes.${value}`),
                }))}
                value={colorScheme}
                onChange={(value) => setColorScheme(value as typeof colorScheme)}
              />
            </Choice>
            <Choice label={t("shell.language")}>
              <SegmentedControl
                aria-label={t("shell.language")}
                data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
                value={currentLanguage()}
                onChange={(value) => void setLanguage(value as Language)}
              />
            </Choice>
            <Choice label={t("profile.density")}>
              <SegmentedControl
                aria-label={t("profile.density")}
                data={(["compact", "normal", "relaxed"] as const).map((value) => ({
                  value,
                  label: t(`profile.densities.${value}`),
                }))}
                value={density}
                onChange={(value) => setDensity(value as typeof density)}
              />
            </Choice>
            <Switch
              label={t("keys.enabled")}
              description={t("keys.enabledHelp")}
              checked={keyboard}
              onChange={(event) => setKeyboard(event.currentTarget.checked)}
            />
          </Stack>
        </section>
        <section>
          <Title order={2}>{t("profile.permissions")}</Title>
          <Text fz={13} c="dimmed" mb={12}>
            {t("profile.permissionsHelp", { role: humanize(user.role) })}
          </Text>
          <Group gap={4}>
            {(session.permissions ?? []).map((permission) => (
              <Code key={permission}>{permission}</Code>
            ))}
          </Group>
        </section>
      </Stack>
    </Container>
  );
}

function Choice({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <Text fz={13} fw={500} mb={4}>
        {label}
      </Text>
      {children}
    </div>
  );
}
