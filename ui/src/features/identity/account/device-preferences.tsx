// How the panel looks and listens on this device; nothing of it leaves the browser.
import { SegmentedControl, Stack, Switch, Text, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES, type Language, setLanguage } from "~/i18n";
import { useDensity, useKeyboardShortcuts } from "~/lib/preferences";
import { Section } from "./section";
import { useDoor } from "./sections";

export function DevicePreferences() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section title={t("profile.device")} text={t("account.profile.deviceText")}>
      <Stack gap={16} align="flex-start">
        <Choice
          label={t("shell.appearance")}
          options={(["light", "dark", "auto"] as const).map((value) => ({ value, label: t(`shell.schemes.${value}`) }))}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
        />
        <Choice
          label={t("shell.language")}
          options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          value={currentLanguage()}
          onChange={(value) => void setLanguage(value as Language)}
        />
        {useDoor().kind === "staff" && <ForLists />}
      </Stack>
    </Section>
  );
}

/** What only counts in the administration, with its lists and keys. */
function ForLists() {
  const { t } = useTranslation();
  const [density, setDensity] = useDensity();
  const [keyboard, setKeyboard] = useKeyboardShortcuts();
  return (
    <>
      <Choice
        label={t("profile.density")}
        options={(["compact", "normal", "relaxed"] as const).map((value) => ({
          value,
          label: t(`profile.densities.${value}`),
        }))}
        value={density}
        onChange={(value) => setDensity(value as typeof density)}
      />
      <Switch
        label={t("keys.enabled")}
        description={t("keys.enabledHelp")}
        checked={keyboard}
        onChange={(event) => setKeyboard(event.currentTarget.checked)}
      />
    </>
  );
}

interface ChoiceProps {
  label: string;
  options: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ label, options, value, onChange }: ChoiceProps) {
  return (
    <div>
      <Text fz={13} fw={500} mb={4}>
        {label}
      </Text>
      <SegmentedControl aria-label={label} data={options} value={value} onChange={onChange} />
    </div>
  );
}
