// Who one is at sign-in providers: connecting, disconnecting. For the page of one's own account, behind either door.
import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2, Link2Off } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import type { Door } from "~/lib/door";
import { toastDone, toastProblem } from "~/lib/toast";
import { RelativeTime } from "~/primitives/relative-time";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { type Identity, leaveToConnect, ownIdentities } from "../sso/data";
import { SsoOutcome } from "../sso/outcome";

interface OwnIdentitiesProps {
  door: Door;
  /** What the address says when a visit to a provider has just ended here. */
  outcome?: { sso?: string; provider?: string };
}

export function OwnIdentities({ door, outcome }: OwnIdentitiesProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const list = useQuery(ownIdentities(door));
  const [busy, setBusy] = useState<string | null>(null);

  const act = async (id: string, what: () => Promise<void>) => {
    setBusy(id);
    try {
      await what();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(null);
    }
  };
  const disconnect = (one: Identity) =>
    act(one.id, async () => {
      await api.delete(`${door.own}/identities/${one.id}`);
      toastDone(t("sso.disconnected", { provider: one.label }));
      await client.invalidateQueries({ queryKey: ownIdentities(door).queryKey });
    });

  if (list.isPending) return <FormSkeleton fields={1} />;
  if (list.isError) return <Failed problem={toProblem(list.error)} onRetry={() => void list.refetch()} />;
  const { identities, offered } = list.data;
  return (
    <Stack gap={12}>
      <SsoOutcome reason={outcome?.sso} provider={outcome?.provider} />
      {identities.length === 0 && offered.length === 0 && (
        <Text fz={13} c="dimmed">
          {t("sso.none")}
        </Text>
      )}
      {identities.map((one) => (
        <Paper key={one.id} withBorder p={12}>
          <Group justify="space-between" gap={12}>
            <div style={{ minWidth: 0 }}>
              <Text fz={14} fw={500}>
                {one.label}
              </Text>
              <Text fz={12} c="dimmed" style={{ overflowWrap: "anywhere" }}>
                {[one.email, one.provider === null && t("sso.off")].filter(Boolean).join(" · ")}
                {(one.email || one.provider === null) && " · "}
                {t("sso.lastUsed")} <RelativeTime value={one.last_used_at} />
              </Text>
            </div>
            <Button
              variant="default"
              size="xs"
              loading={busy === one.id}
              leftSection={<Link2Off size={14} aria-hidden />}
              aria-label={t("sso.disconnectOne", { provider: one.label })}
              onClick={() => void disconnect(one)}
            >
              {t("sso.disconnect")}
            </Button>
          </Group>
        </Paper>
      ))}
      {offered.length > 0 && (
        <Group gap={8}>
          {offered.map(({ slug, label }) => (
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
    </Stack>
  );
}
