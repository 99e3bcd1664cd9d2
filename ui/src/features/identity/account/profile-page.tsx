// Who I am here, and how the panel looks and listens on this device.
import { Badge, Button, Code, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { humanize } from "~/lib/labels";
import { useSession } from "~/lib/session";
import { toastDone } from "~/lib/toast";
import { FactList } from "~/primitives/key-facts";
import { NullValue } from "~/primitives/null-value";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { ShortId } from "~/primitives/short-id";
import { useActs, useOwnAccount } from "../own/data";
import type { OwnAccount } from "../own/factors";
import { ChangeEmail } from "./change-email";
import { DevicePreferences } from "./device-preferences";
import { Loaded, Section } from "./section";
import { useDoor } from "./sections";

export function ProfilePage() {
  const { t } = useTranslation();
  const door = useDoor();
  const account = useOwnAccount(door);
  return (
    <>
      <PageHeader title={t("account.sections.profile")} description={t("account.profile.text")} />
      <Loaded query={account}>
        {(data) => (
          <>
            <NameForm key={data.name ?? ""} account={data} />
            <Facts account={data} />
          </>
        )}
      </Loaded>
      <DevicePreferences />
      {door.kind === "staff" && <Permissions />}
    </>
  );
}

function NameForm({ account }: { account: OwnAccount }) {
  const { t } = useTranslation();
  const door = useDoor();
  const { busy, act } = useActs(door);
  const [name, setName] = useState(account.name ?? "");
  const changed = name.trim() !== "" && name.trim() !== (account.name ?? "");
  const save = async () => {
    const done = await act("rename", async () => void (await api.patch(door.own, { name: name.trim() })));
    if (done) toastDone(t("account.profile.saved"));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) void save();
      }}
    >
      <Group gap={8} align="flex-end" wrap="nowrap">
        <TextInput
          label={t("identity.name")}
          value={name}
          maxLength={120}
          autoComplete="name"
          disabled={busy !== null}
          style={{ flex: 1 }}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!changed} loading={busy !== null}>
          {t("account.save")}
        </Button>
      </Group>
    </form>
  );
}

function Facts({ account }: { account: OwnAccount }) {
  const { t } = useTranslation();
  const door = useDoor();
  const time = (value: string | null | undefined) => (value ? <RelativeTime value={value} /> : <NullValue />);
  return (
    <div style={{ containerType: "inline-size" }}>
      <FactList
        facts={[
          { key: "email", label: t("identity.email"), value: <Email account={account} /> },
          ...(door.kind === "staff" ? [{ key: "role", label: t("profile.role"), value: <Role /> }] : []),
          { key: "since", label: t("account.profile.since"), value: time(account.created_at) },
          { key: "last", label: t("account.profile.lastSignIn"), value: time(account.last_sign_in_at) },
          { key: "id", label: t("object.id"), value: <ShortId value={account.id} /> },
        ]}
      />
    </div>
  );
}

function Email({ account }: { account: OwnAccount }) {
  const { t } = useTranslation();
  const door = useDoor();
  return (
    <Group gap={8}>
      <span>{account.email}</span>
      {door.kind === "user" && account.email_verified_at !== null && (
        <Badge color="green">{t("account.profile.verified")}</Badge>
      )}
      {door.kind === "user" && <ChangeEmail email={account.email} />}
    </Group>
  );
}

function Role() {
  return <>{humanize(useSession().user?.role ?? "")}</>;
}

function Permissions() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <Section
      title={t("profile.permissions")}
      text={t("profile.permissionsHelp", { role: humanize(session.user?.role ?? "") })}
    >
      <Stack gap={0}>
        <Group gap={4}>
          {(session.permissions ?? []).map((permission) => (
            <Code key={permission}>{permission}</Code>
          ))}
        </Group>
      </Stack>
    </Section>
  );
}
