// The addresses of this panel that a provider has to know, ready to be copied.
import { Group, Paper, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { STAFF, USER } from "~/lib/door";
import { useMeta } from "~/lib/meta";
import { CopyButton } from "~/primitives/copy-button";
import classes from "./provider-addresses.module.css";

interface ProviderAddressesProps {
  /** The short name; empty until it was entered. */
  slug: string;
  staff: boolean;
}

export function ProviderAddresses({ slug, staff }: ProviderAddressesProps) {
  const { t } = useTranslation();
  const base = useMeta().product.base_url;
  const place = `${base}/auth/sso/${slug || "…"}`;
  const addresses = [
    ["redirect", `${place}/callback`],
    ["logout", `${place}/logout`],
    ["signedOut", base + (staff ? STAFF : USER).signIn],
  ] as const;
  return (
    <Paper withBorder p={16} mb={12} role="group" aria-label={t("sso.addresses.title")}>
      <Text fz={14} fw={600}>
        {t("sso.addresses.title")}
      </Text>
      <Text fz={13} c="dimmed" mb={12}>
        {t(slug ? "sso.addresses.text" : "sso.addresses.nameFirst")}
      </Text>
      <Stack gap={10}>
        {addresses.map(([name, address]) => {
          const what = t(`sso.addresses.${name}`);
          return (
            <div key={name}>
              <Text fz={12} c="dimmed">
                {what}
              </Text>
              <Group gap={6} wrap="nowrap" align="flex-start">
                <code className={classes.address}>{address}</code>
                {slug && <CopyButton value={address} label={t("sso.addresses.copy", { what })} />}
              </Group>
            </div>
          );
        })}
      </Stack>
    </Paper>
  );
}
