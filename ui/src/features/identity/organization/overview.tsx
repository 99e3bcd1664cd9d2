// The start of an organization's administration: how many there are, what waits, what was done last.
import { Anchor, Button, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { objectQuery } from "~/kit/resource/data";
import { RecentActivity } from "~/kit/resource/recent-activity";
import { elevationsQuery } from "~/lib/elevations";
import { resourceNamed, useMeta } from "~/lib/meta";
import { useUserSession } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { Icon } from "~/primitives/icon";
import { PageHeader } from "~/primitives/page-header";
import classes from "./overview.module.css";
import { type Counted, Tile } from "./tile";

const COUNTED: Counted[] = [
  { name: "memberships", limit: "members" },
  { name: "user-invitations", only: ["status", "open"] },
  { name: "roles", limit: "roles" },
  { name: "keys", only: ["status", "active"], limit: "keys" },
];

export function OrganizationOverview() {
  const { t } = useTranslation();
  const meta = useMeta();
  const { base, organization } = useSurface();
  const own = useUserSession().organizations?.find((one) => one.id === organization);
  const about = resourceNamed(meta, "organizations");
  const audit = resourceNamed(meta, "audit");
  const loaded = useQuery({
    ...objectQuery({ name: "organizations" }, organization ?? ""),
    enabled: about?.can_read === true,
  });
  const waiting = useQuery(elevationsQuery).data?.waiting.length ?? 0;
  const name = typeof loaded.data?.row.name === "string" ? loaded.data.row.name : (own?.name ?? "");
  return (
    <Stack gap={28} maw={1080}>
      <PageHeader
        title={name}
        description={own?.owner ? t("organization.ownedBy", { owner: own.owner }) : t("organization.ownedByNobody")}
        actions={
          about?.can_read && (
            <Button
              variant="default"
              renderRoot={(props) => <Link {...props} to={`${base}/organizations/${organization}`} />}
            >
              {t("organization.details")}
            </Button>
          )
        }
      />
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing={12} verticalSpacing={12}>
        {COUNTED.map((counted) => {
          const resource = resourceNamed(meta, counted.name);
          return resource?.can_read ? <Tile key={counted.name} resource={resource} counted={counted} /> : null;
        })}
      </SimpleGrid>
      {waiting > 0 && (
        <Link to={`${base}/approvals`} className={classes.waiting}>
          <Icon name="stamp" size={16} />
          {t("organization.waiting", { count: waiting })}
        </Link>
      )}
      <section>
        <div className={classes.heading}>
          <Title order={2}>{t("organization.activity")}</Title>
          {audit?.can_read && (
            <Anchor component={Link} to={`${base}/audit`} fz={13}>
              {t("organization.allActivity")}
            </Anchor>
          )}
        </div>
        {audit?.can_read ? (
          <RecentActivity />
        ) : (
          <Text fz={13} c="dimmed">
            {t("actions.needs", { permission: "audit:read" })}
          </Text>
        )}
      </section>
    </Stack>
  );
}
