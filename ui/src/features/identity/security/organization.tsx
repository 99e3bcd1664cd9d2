// What protects an organization: who needs a second factor, from where and when its members come in.
import { Container, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { resourceNamed, useMeta } from "~/lib/meta";
import { PageHeader } from "~/primitives/page-header";
import { SecondFactor } from "./second-factor";
import { HoursSection, NetworksSection } from "./section";

const NEWEST_FIRST = "order=created_at.desc";

export function OrganizationSecurity() {
  const { t } = useTranslation();
  const meta = useMeta();
  const networks = resourceNamed(meta, "restrictions");
  const hours = resourceNamed(meta, "hours");
  const about = resourceNamed(meta, "organizations");
  return (
    <Container size={720} p={0} m={0}>
      <Stack gap={32}>
        <PageHeader title={t("organization.protection")} description={t("organization.securityText")} />
        {about?.can_read && (
          <SecondFactor
            about={about}
            members={resourceNamed(meta, "memberships")}
            roles={resourceNamed(meta, "roles")}
          />
        )}
        {networks && (
          <NetworksSection
            resource={networks}
            query={NEWEST_FIRST}
            title={t("organization.from")}
            text={t("organization.fromText")}
            none={t("organization.fromNone")}
          />
        )}
        {hours && (
          <HoursSection
            resource={hours}
            query={NEWEST_FIRST}
            title={t("organization.hours")}
            text={t("organization.hoursText")}
            none={t("organization.hoursNone")}
          />
        )}
      </Stack>
    </Container>
  );
}
