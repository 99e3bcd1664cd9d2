// One's own API keys, for scripts that act for one in an organization.
import { Badge, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ChevronRight, KeyRound, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useUserSession } from "~/lib/session";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { NothingYet } from "~/primitives/states";
import { useOwn } from "../own/data";
import type { OwnKey } from "../own/keys";
import { Line, Lines, Loaded, Reasoned } from "./section";
import { useDoor } from "./sections";

export function KeysPage() {
  const { t } = useTranslation();
  const keys = useOwn<{ keys: OwnKey[] }>(useDoor(), "/keys");
  return (
    <>
      <PageHeader title={t("account.sections.keys")} description={t("account.keys.text")} actions={<NewKeyButton />} />
      <Loaded query={keys}>
        {(data) =>
          data.keys.length === 0 ? (
            <NothingYet title={t("account.keys.none")}>{t("account.keys.noneText")}</NothingYet>
          ) : (
            <Lines none="" label={t("account.sections.keys")}>
              {data.keys.map((key) => (
                <KeyLine key={key.id} one={key} />
              ))}
            </Lines>
          )
        }
      </Loaded>
    </>
  );
}

function NewKeyButton() {
  const { t } = useTranslation();
  const active = (useUserSession().organizations ?? []).some((one) => one.status === "active");
  const icon = <Plus size={14} aria-hidden />;
  if (!active) {
    return (
      <Reasoned reason={t("account.keys.noOrganization")} leftSection={icon} onClick={() => undefined}>
        {t("account.keys.new")}
      </Reasoned>
    );
  }
  return (
    <Button leftSection={icon} renderRoot={(props) => <Link {...props} to="/account/keys/new" />}>
      {t("account.keys.new")}
    </Button>
  );
}

function KeyLine({ one }: { one: OwnKey }) {
  const { t } = useTranslation();
  return (
    <Line
      icon={<KeyRound size={16} />}
      title={
        <Link to="/account/keys/$key" params={{ key: one.id }}>
          {one.name}
        </Link>
      }
      badge={<KeyState one={one} />}
      notes={[
        <span key="what">
          <code>{one.prefix}…</code>
          {` · ${one.organization} · ${t("account.keys.scopeCount", { count: one.scopes.length })}`}
        </span>,
        <Used key="used" one={one} />,
      ]}
      actions={<ChevronRight size={16} aria-hidden />}
    />
  );
}

function Used({ one }: { one: OwnKey }) {
  const { t } = useTranslation();
  return (
    <span>
      {one.last_used_at ? (
        <>
          {t("account.keys.lastUsed")} <RelativeTime value={one.last_used_at} />
        </>
      ) : (
        t("account.keys.neverUsed")
      )}
      {one.expires_at && (
        <>
          {" · "}
          {t("account.keys.ends")} <RelativeTime value={one.expires_at} />
        </>
      )}
    </span>
  );
}

export function KeyState({ one }: { one: OwnKey }) {
  const { t } = useTranslation();
  if (one.replaced) return <Badge color="yellow">{t("account.keys.replaced")}</Badge>;
  return null;
}
