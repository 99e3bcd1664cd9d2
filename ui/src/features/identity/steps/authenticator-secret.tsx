import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/primitives/copy-button";
import classes from "./steps.module.css";

const QrCode = lazy(() => import("./qr-code"));

/** In fours, as people type it. */
function grouped(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

/** What an authenticator app has to know: to scan, or to type. */
export function AuthenticatorSecret({ secret, uri }: { secret: string; uri: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap={12}>
      <Text fz={13}>{t("steps.scan")}</Text>
      <Suspense fallback={<Skeleton w={180} h={180} mx="auto" />}>
        <QrCode value={uri} />
      </Suspense>
      <div>
        <Text fz={13} c="dimmed" mb={4}>
          {t("steps.type")}
        </Text>
        <Group gap={8} wrap="nowrap">
          <code className={classes.secret} data-secret>
            {grouped(secret)}
          </code>
          <CopyButton value={secret} label={t("steps.copySecret")} />
        </Group>
      </div>
    </Stack>
  );
}
