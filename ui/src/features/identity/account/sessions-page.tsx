// Where one is signed in: device, address, and since when; each but this one can be ended.
import { Badge, Button, Tooltip } from "@mantine/core";
import { LogOut, Monitor, Smartphone, SquareTerminal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { humanize } from "~/lib/labels";
import { toastDone } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { useActs, useSessions } from "../own/data";
import type { OwnSession } from "../own/factors";
import { Line, Lines, Loaded, Reasoned, Section } from "./section";
import { useDoor } from "./sections";

export function SessionsPage() {
  const { t } = useTranslation();
  const sessions = useSessions(useDoor());
  return (
    <>
      <PageHeader title={t("account.sessions.title")} description={t("account.sessions.text")} />
      <Loaded query={sessions}>{(data) => <Sessions sessions={data.sessions} />}</Loaded>
    </>
  );
}

function Sessions({ sessions }: { sessions: OwnSession[] }) {
  const { t } = useTranslation();
  const door = useDoor();
  const acts = useActs(door);
  const here = sessions.filter((one) => one.current);
  const others = sessions.filter((one) => !one.current);
  const revoke = async (one: OwnSession) => {
    const done = await acts.act(one.id, async () => void (await api.post(`${door.own}/sessions/${one.id}/revoke`)));
    if (done) toastDone(t("account.sessions.ended"));
  };
  const revokeOthers = async () => {
    const done = await acts.act("others", async () => void (await api.post(`${door.own}/sessions/revoke-others`)));
    if (done) toastDone(t("account.sessions.endedOthers"));
  };
  return (
    <>
      <Section title={t("account.sessions.here")}>
        <Lines none="" label={t("account.sessions.here")}>
          {here.map((one) => (
            <SessionLine key={one.id} session={one} />
          ))}
        </Lines>
      </Section>
      <Section
        title={t("account.sessions.elsewhere")}
        text={t("account.sessions.elsewhereText")}
        action={
          <Reasoned
            reason={others.length === 0 ? t("account.sessions.none") : null}
            loading={acts.busy === "others"}
            leftSection={<LogOut size={14} aria-hidden />}
            onClick={() => void revokeOthers()}
          >
            {t("account.sessions.endOthers")}
          </Reasoned>
        }
      >
        <Lines none={t("account.sessions.none")} label={t("account.sessions.elsewhere")}>
          {others.map((one) => (
            <SessionLine
              key={one.id}
              session={one}
              action={
                <Button
                  variant="default"
                  size="xs"
                  loading={acts.busy === one.id}
                  aria-label={t("account.sessions.endLabel", { device: one.device ?? t("account.sessions.unknown") })}
                  onClick={() => void revoke(one)}
                >
                  {t("account.sessions.end")}
                </Button>
              }
            />
          ))}
        </Lines>
      </Section>
    </>
  );
}

function SessionLine({ session, action }: { session: OwnSession; action?: React.ReactNode }) {
  const { t } = useTranslation();
  const { device, user_agent, address, factors } = session;
  const name = device || t("account.sessions.unknown");
  const ways = factors.map((way) => t(`account.ways.${way}`, { defaultValue: humanize(way) })).join(", ");
  return (
    <Line
      icon={<Device name={device ?? ""} />}
      title={
        <Tooltip label={user_agent} disabled={!user_agent} multiline maw={420}>
          <span>{name}</span>
        </Tooltip>
      }
      badge={session.current && <Badge color="green">{t("account.sessions.current")}</Badge>}
      notes={[
        <span key="where">{[address ?? t("account.sessions.noAddress"), ways].filter(Boolean).join(" · ")}</span>,
        <span key="when">
          {t("account.sessions.since")} <RelativeTime value={session.created_at} />
          {!session.current && (
            <>
              {" · "}
              {t("account.sessions.seen")} <RelativeTime value={session.last_seen_at} />
            </>
          )}
        </span>,
      ]}
      actions={action}
    />
  );
}

function Device({ name }: { name: string }) {
  if (/iPhone|iPad|Android/.test(name)) return <Smartphone size={16} />;
  return /^(Command line|curl)/.test(name) ? <SquareTerminal size={16} /> : <Monitor size={16} />;
}
