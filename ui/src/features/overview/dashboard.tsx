// Is it well, is it growing, what needs me. Every number is a list that was counted, and opens that list.
import { Anchor, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { RecentActivity } from "~/kit/resource/recent-activity";
import { resourceNamed, useMeta } from "~/lib/meta";
import { useSession } from "~/lib/session";
import { PageHeader } from "~/primitives/page-header";
import { Attention } from "./attention";
import classes from "./dashboard.module.css";
import { Tile } from "./tile";

/** The nouns whose number says how the platform is doing; the rest is one click away. */
const PROMINENT = ["users", "organizations", "staff", "sources"];
/** The growth shown under a number, in days. */
export const GROWTH_DAYS = 7;

export function Dashboard() {
  const { t } = useTranslation();
  const meta = useMeta();
  const session = useSession();
  const counted = meta.resources.filter((resource) => resource.can_read && PROMINENT.includes(resource.name));
  const readable = meta.resources.filter((resource) => resource.can_read && resource.name !== "audit");
  const audit = resourceNamed(meta, "audit");
  // Fixed while the page is open, so that the numbers and the lists behind them mean the same stretch of time.
  const since = useMemo(
    () => new Date(Math.floor(Date.now() / 60_000) * 60_000 - GROWTH_DAYS * 86_400_000).toISOString(),
    [],
  );
  const name = session.user?.name.split(" ")[0] ?? "";

  return (
    <Stack gap={28} maw={1080}>
      <PageHeader
        title={t("dashboard.title", { name })}
        description={t("dashboard.text", { product: meta.product.name })}
      />
      <section aria-label={t("dashboard.numbers")}>
        <SimpleGrid cols={{ base: 2, sm: 3, md: 4 }} spacing={12} verticalSpacing={12}>
          {counted.map((resource) => (
            <Tile key={resource.name} resource={resource} since={since} />
          ))}
        </SimpleGrid>
      </section>
      <div className={classes.columns}>
        <section>
          <div className={classes.heading}>
            <Title order={2}>{t("dashboard.activity")}</Title>
            {audit?.can_read && (
              <Anchor component={Link} to="/admin/audit" fz={13}>
                {t("dashboard.allActivity")}
              </Anchor>
            )}
          </div>
          {audit?.can_read ? (
            <RecentActivity />
          ) : (
            <Text fz={13} c="dimmed">
              {t("dashboard.noAudit")}
            </Text>
          )}
        </section>
        <section>
          <div className={classes.heading}>
            <Title order={2}>{t("dashboard.attention")}</Title>
          </div>
          <Attention resources={readable} audit={audit?.can_read === true} since={since} />
        </section>
      </div>
    </Stack>
  );
}
