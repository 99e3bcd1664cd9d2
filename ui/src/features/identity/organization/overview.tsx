// The start of an organization's administration: how many there are, what waits, what was done last.
import { Anchor, Button, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { countQuery, countText, objectQuery } from "~/kit/resource/data";
import { RecentActivity } from "~/kit/resource/recent-activity";
import { elevationsQuery } from "~/lib/elevations";
import { useLabels } from "~/lib/labels";
import { type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { useUserSession } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { CountTile, countTile } from "~/primitives/count-tile";
import { Icon } from "~/primitives/icon";
import { PageHeader } from "~/primitives/page-header";
import { LimitsStrip } from "../limits/limits-strip";
import classes from "./overview.module.css";

/** What is counted, and which of it. */
const COUNTED: { name: string; only?: [string, string] }[] = [
  { name: "memberships" },
  { name: "user-invitations", only: ["status", "open"] },
  { name: "roles" },
  { name: "keys", only: ["status", "active"] },
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
        {COUNTED.map(({ name, only }) => {
          const resource = resourceNamed(meta, name);
          return resource?.can_read ? <Tile key={name} resource={resource} only={only} /> : null;
        })}
      </SimpleGrid>
      {about?.can_read && organization && <LimitsStrip organization={organization} />}
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

function Tile({ resource, only }: { resource: ResourceMeta; only?: [string, string] }) {
  const labels = useLabels();
  const { t } = useTranslation();
  const { base } = useSurface();
  const count = useQuery(countQuery(resource.name, only ? [[only[0], `eq.${only[1]}`]] : [], "exact"));
  const filter = only
    ? toAddressText({ items: [{ kind: "condition", column: only[0], op: "eq", value: only[1] }] })
    : undefined;
  const field = only && resource.fields.find((one) => one.name === only[0]);
  const option = field?.options?.find((one) => one.value === only?.[1]);
  return (
    <Link to={`${base}/${resource.name}`} search={filter ? { filter } : {}} className={countTile}>
      <CountTile
        icon={resource.icon}
        label={labels.resource(resource)}
        count={countText(count)}
        note={
          count.isError
            ? t("organization.notCounted")
            : field && option && labels.option(resource.name, field.name, option)
        }
      />
    </Link>
  );
}
