// From where and when people get in, and what happens to those who guess: all of it on one page, in plain words.
import { Alert, Container, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { MapPin, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { PageHeader } from "~/primitives/page-header";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { HoursSection, NetworksSection } from "./section";

interface Security {
  address: string | null;
  networks: string[];
}

export function SecurityPage() {
  const { t } = useTranslation();
  const meta = useMeta();
  const security = useQuery({
    queryKey: ["security"],
    queryFn: async ({ signal }) => (await api.get<Security>("/identity/security", { signal })).data,
  });
  const networks = resourceNamed(meta, "restrictions");
  const hours = resourceNamed(meta, "hours");
  return (
    <Container size={720} p={0} m={0}>
      <Stack gap={32}>
        <PageHeader title={t("security.title")} description={t("security.text")} />
        {security.isPending ? (
          <FormSkeleton fields={4} />
        ) : security.isError ? (
          <Failed problem={toProblem(security.error)} onRetry={() => void security.refetch()} />
        ) : (
          <>
            <Where address={security.data.address} restricted={security.data.networks.length > 0} />
            {networks && (
              <NetworksSection
                resource={networks}
                query="organization_id=is.null&order=created_at.desc"
                title={t("security.from")}
                text={t("security.fromText")}
                none={t("security.fromNone")}
              />
            )}
            {hours && (
              <HoursSection
                resource={hours}
                query="organization_id=is.null&order=created_at.desc"
                title={t("security.hours")}
                text={t("security.hoursText")}
                none={t("security.hoursNone")}
              />
            )}
            <Words title={t("security.guessing")} lines={t("security.guessingLines", { returnObjects: true })} />
            <Words title={t("security.back")} lines={t("security.backLines", { returnObjects: true })} />
          </>
        )}
      </Stack>
    </Container>
  );
}

/** The address that everything on this page is measured by; wrong behind a proxy that nobody named. */
function Where({ address, restricted }: { address: string | null; restricted: boolean }) {
  const { t } = useTranslation();
  return (
    <Alert
      variant="light"
      color={address === null && restricted ? "yellow" : "blue"}
      icon={address === null ? <TriangleAlert size={16} aria-hidden /> : <MapPin size={16} aria-hidden />}
      title={address === null ? t("security.nowhere") : t("security.here", { address })}
    >
      {t("security.hereText")}
    </Alert>
  );
}

function Words({ title, lines }: { title: string; lines: unknown }) {
  return (
    <section aria-label={title}>
      <Title order={2} mb={8}>
        {title}
      </Title>
      <Stack gap={8}>
        {(Array.isArray(lines) ? lines : []).map((line: string) => (
          <Text key={line} fz={14}>
            {line}
          </Text>
        ))}
      </Stack>
    </section>
  );
}
