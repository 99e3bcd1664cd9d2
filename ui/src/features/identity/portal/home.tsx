// The start of the portal: what an app user belongs to.
import { Badge, Group, Text, Title } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { humanize } from "~/lib/labels";
import { useUserSession } from "~/lib/session";
import { NothingYet } from "~/primitives/states";
import classes from "./portal.module.css";

export function PortalHome() {
  const { t } = useTranslation();
  const session = useUserSession();
  const name = session.user?.name ?? "";
  const organizations = session.organizations ?? [];
  useEffect(() => {
    document.title = session.platform ? `${t("portal.home")} · ${session.platform}` : t("portal.home");
  }, [t, session.platform]);
  return (
    <main className={classes.main}>
      <Title order={1}>{t("portal.hello", { name: name.split(" ")[0] })}</Title>
      <Text c="dimmed" fz={13} mt={4}>
        {t("portal.text")}
      </Text>
      <Title order={2} fz={15} mt={28}>
        {t("portal.organizations")}
      </Title>
      {organizations.length === 0 ? (
        <NothingYet title={t("portal.none")}>{t("portal.noneText")}</NothingYet>
      ) : (
        <ul className={classes.list}>
          {organizations.map((one) => (
            <li key={one.id}>
              <Text fz={14} fw={500}>
                {one.name}
              </Text>
              <Group gap={8} wrap="nowrap">
                {one.status !== "active" && <Badge color="red">{t("portal.suspended")}</Badge>}
                <Text fz={13} c="dimmed">
                  {humanize(one.role)}
                </Text>
              </Group>
            </li>
          ))}
        </ul>
      )}
    </main>
  );
}
