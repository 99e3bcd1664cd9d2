// What became of requests for more rights in the organization somebody is in; nothing when there is nothing to tell.
import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { elevationsQuery } from "~/lib/elevations";
import type { OwnOrganization } from "~/lib/session";
import { DeniedList } from "../elevation/denied";

export function PortalRequests({ organization }: { organization: OwnOrganization | undefined }) {
  const { t } = useTranslation();
  const open = organization !== undefined && !organization.closed;
  const denied = useQuery({ ...elevationsQuery, enabled: open }).data?.denied ?? [];
  if (!open || denied.length === 0) return null;
  return (
    <section>
      <Title order={2} fz={15} mt={28} mb={12}>
        {t("elevation.denied")}
      </Title>
      <DeniedList elevations={denied} />
    </section>
  );
}
