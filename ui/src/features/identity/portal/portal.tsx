// The start of the portal: what an app user belongs to. While staff look at it in somebody's name, the banner says so on
// top of everything.
import { Badge, Button, Group, Menu, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ChevronDown, LogOut, ShieldCheck, VenetianMask } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { USER } from "~/lib/door";
import { formatExact } from "~/lib/format";
import { humanize } from "~/lib/labels";
import { becomeNobody, type Impersonation, type Session, useUserSession } from "~/lib/session";
import { toastProblem } from "~/lib/toast";
import { Logo } from "~/primitives/logo";
import { NothingYet } from "~/primitives/states";
import classes from "./portal.module.css";

export function Portal() {
  const { t } = useTranslation();
  const session = useUserSession();
  const name = session.user?.name ?? "";
  const organizations = session.organizations ?? [];
  useEffect(() => {
    document.title = t("portal.home");
  }, [t]);
  return (
    <div className={classes.page}>
      {session.impersonation && <Acting acting={session.impersonation} name={name} />}
      <header className={classes.top}>
        <Group gap={8}>
          <Logo size={22} />
          <Text fw={600} fz={14}>
            Quarterdeck
          </Text>
        </Group>
        <OwnMenu session={session} />
      </header>
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
    </div>
  );
}

/** Always visible: who really sits there. */
function Acting({ acting, name }: { acting: Impersonation; name: string }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const over = async () => {
    setBusy(true);
    try {
      await api.delete("/impersonation");
      window.location.replace("/admin/users");
    } catch (error) {
      setBusy(false);
      toastProblem(error, t("portal.stopFailed"));
    }
  };
  return (
    <section className={classes.banner} aria-label={t("portal.acting", { by: acting.by, name })}>
      <VenetianMask size={16} aria-hidden />
      <Text fz={13} className={classes.bannerText} title={acting.reason}>
        <strong>{t("portal.acting", { by: acting.by, name })}</strong>{" "}
        {acting.read_only ? t("portal.looking") : t("portal.changing")}{" "}
        <time dateTime={acting.expires_at}>{t("portal.until", { time: formatExact(acting.expires_at) })}</time>
      </Text>
      <Button size="xs" variant="default" loading={busy} onClick={() => void over()}>
        {t("portal.stop")}
      </Button>
    </section>
  );
}

function OwnMenu({ session }: { session: Session }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const name = session.user?.name ?? "";
  const signOut = async () => {
    try {
      await api.delete(USER.session);
    } catch (error) {
      toastProblem(error, t("portal.signOutFailed"));
      return;
    }
    becomeNobody(client, USER);
    await router.navigate({ to: "/auth/login" });
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          rightSection={<ChevronDown size={14} aria-hidden />}
          aria-label={t("portal.menu", { name })}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.user?.email}</Menu.Label>
        {session.administration && (
          <Menu.Item component="a" href="/admin" leftSection={<ShieldCheck size={16} aria-hidden />}>
            {t("portal.administration")}
          </Menu.Item>
        )}
        {!session.impersonation && (
          <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void signOut()}>
            {t("portal.signOut")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
