// Who one is at sign-in providers: connecting and disconnecting, behind either door.
import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Link2, LogIn } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import type { Door } from "~/lib/door";
import { toastDone } from "~/lib/toast";
import { RelativeTime } from "~/primitives/relative-time";
import { Line, Lines, Loaded, Section } from "../account/section";
import { type Identities, type Identity, leaveToConnect, ownIdentities } from "../sso/data";
import { SsoOutcome } from "../sso/outcome";
import { useActs } from "./data";

/** Nothing where no provider is set up. */
export function OwnIdentities({ door }: { door: Door }) {
  const list = useQuery(ownIdentities(door));
  return (
    <Loaded query={list}>
      {(have) => (have.identities.length + have.offered.length > 0 ? <Connections door={door} have={have} /> : null)}
    </Loaded>
  );
}

function Connections({ door, have }: { door: Door; have: Identities }) {
  const { t } = useTranslation();
  const { busy, act } = useActs(door);
  const visit: { sso?: string; provider?: string } = useSearch({ strict: false });
  const disconnect = async (one: Identity) => {
    if (await act(one.id, () => api.delete(`${door.own}/identities/${one.id}`).then(() => undefined)))
      toastDone(t("sso.disconnected", { provider: one.label }));
  };
  return (
    <Section title={t("sso.title")} text={t("sso.text")}>
      <SsoOutcome reason={visit.sso} provider={visit.provider} mb={12} />
      <Lines none={t("sso.none")} label={t("sso.title")}>
        {have.identities.map((one) => (
          <Line
            key={one.id}
            icon={<LogIn size={16} />}
            title={one.label}
            notes={[
              [one.email, one.provider === null && t("sso.off")].filter(Boolean).join(" · "),
              <span key="used">
                {t("sso.lastUsed")} <RelativeTime value={one.last_used_at} />
              </span>,
            ].filter((note) => note !== "")}
            actions={
              <Button
                variant="default"
                size="xs"
                loading={busy === one.id}
                aria-label={t("sso.disconnectOne", { provider: one.label })}
                onClick={() => void disconnect(one)}
              >
                {t("sso.disconnect")}
              </Button>
            }
          />
        ))}
      </Lines>
      {have.offered.length > 0 && (
        <Group gap={8} mt={12}>
          {have.offered.map(({ slug, label }) => (
            <Button
              key={slug}
              variant="default"
              size="sm"
              loading={busy === slug}
              leftSection={<Link2 size={14} aria-hidden />}
              onClick={() => void act(slug, () => leaveToConnect(door, slug, window.location.pathname))}
            >
              {t("sso.connect", { provider: label })}
            </Button>
          ))}
        </Group>
      )}
    </Section>
  );
}
