// Elevation from one person's side: what they have for a while, what they asked for, and who waits for their yes.
import { Button, Container, Group, Modal, Stack, Text, Textarea, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { forget } from "~/kit/resource/data";
import { api } from "~/lib/api";
import { type ElevationRequest, elevationsQuery, rightsChanged } from "~/lib/elevations";
import { resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { toastDone, toastProblem } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import { StatusBadge } from "~/primitives/status-badge";
import classes from "./approvals.module.css";
import { DeniedList } from "./denied";

export function ApprovalsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { base } = useSurface();
  const resource = resourceNamed(useMeta(), "elevations");
  const create = resource?.actions.find((action) => action.kind === "create");
  const query = useQuery(elevationsQuery);
  const [busy, setBusy] = useState<string | null>(null);
  const [denying, setDenying] = useState<ElevationRequest | null>(null);
  const [why, setWhy] = useState("");

  const act = async (id: string, verb: "approve" | "deny" | "revoke", body: object) => {
    setBusy(id);
    try {
      await api.post(`/elevations/${id}/${verb}`, body);
      toastDone(t(`elevation.done.${verb}`));
    } catch (error) {
      toastProblem(error, t("elevation.actFailed"));
    } finally {
      setBusy(null);
      setDenying(null);
      setWhy("");
      await Promise.all([rightsChanged(client), forget(client, "elevations")]);
    }
  };

  const section = (title: string, empty: string, items: ReactNode[]) => (
    <section>
      <Title order={2} fz={16} mb={8}>
        {title}
      </Title>
      {items.length > 0 ? (
        <ul className={classes.list}>{items}</ul>
      ) : (
        <Text fz={13} c="dimmed">
          {empty}
        </Text>
      )}
    </section>
  );
  const card = (one: ElevationRequest, buttons: ReactNode) => (
    <li key={one.id} className={classes.card}>
      <div className={classes.words}>
        <Text fw={600} fz={14}>
          {t("elevation.asks", { who: one.requester, role: one.role })}
        </Text>
        <Text fz={13}>{one.reason}</Text>
        <Text fz={12} c="dimmed">
          {t("elevation.forMinutes", { count: one.minutes })} · <RelativeTime value={one.created_at} />
          {one.approvals_needed > 1 &&
            ` · ${t("elevation.approvals", { count: one.approved_by.length, needed: one.approvals_needed })}`}
        </Text>
      </div>
      <Group gap={8}>{buttons}</Group>
    </li>
  );

  return (
    <Container size={820} p={0} m={0}>
      <Stack gap={28}>
        <PageHeader
          title={t("elevation.title")}
          description={t("elevation.text")}
          actions={
            create?.allowed && (
              <Button component={Link} to={`${base}/elevations/new`}>
                {t("elevation.ask")}
              </Button>
            )
          }
        />
        {query.isPending ? (
          <ListSkeleton rows={4} columns={2} />
        ) : query.isError ? (
          <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />
        ) : [query.data.waiting, query.data.pending, query.data.active, query.data.denied].flat().length === 0 ? (
          <NothingYet title={t("elevation.emptyTitle")}>{t("elevation.emptyText")}</NothingYet>
        ) : (
          <>
            {section(
              t("elevation.waiting"),
              t("elevation.waitingEmpty"),
              query.data.waiting.map((one) =>
                card(
                  one,
                  <>
                    <Button variant="default" disabled={busy !== null} onClick={() => setDenying(one)}>
                      {t("elevation.deny")}
                    </Button>
                    <Button loading={busy === one.id} onClick={() => void act(one.id, "approve", {})}>
                      {t("elevation.approve")}
                    </Button>
                  </>,
                ),
              ),
            )}
            {section(
              t("elevation.mine"),
              t("elevation.mineEmpty"),
              query.data.pending.map((one) =>
                card(
                  one,
                  <Button variant="default" loading={busy === one.id} onClick={() => void act(one.id, "revoke", {})}>
                    {t("elevation.withdraw")}
                  </Button>,
                ),
              ),
            )}
            {section(
              t("elevation.active"),
              t("elevation.activeEmpty"),
              query.data.active.map((one) => (
                <li key={one.id} className={classes.card}>
                  <div className={classes.words}>
                    <Group gap={8}>
                      <Text fw={600} fz={14}>
                        {one.role}
                      </Text>
                      <StatusBadge color="green">
                        <RelativeTime value={one.until} />
                      </StatusBadge>
                    </Group>
                    <Text fz={13}>{one.reason}</Text>
                  </div>
                  <Button variant="default" loading={busy === one.id} onClick={() => void act(one.id, "revoke", {})}>
                    {t("elevation.end")}
                  </Button>
                </li>
              )),
            )}
            {query.data.denied.length > 0 && (
              <section>
                <Title order={2} fz={16} mb={8}>
                  {t("elevation.denied")}
                </Title>
                <DeniedList elevations={query.data.denied} />
              </section>
            )}
          </>
        )}
      </Stack>
      <Modal opened={denying !== null} onClose={() => setDenying(null)} title={t("elevation.denyTitle")}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (denying && why.trim() !== "") void act(denying.id, "deny", { why: why.trim() });
          }}
        >
          <Stack gap={12}>
            <Textarea
              data-autofocus
              label={t("elevation.why")}
              description={t("elevation.whyHelp")}
              value={why}
              maxLength={500}
              autosize
              minRows={2}
              onChange={(event) => setWhy(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap={8}>
              <Button variant="default" onClick={() => setDenying(null)}>
                {t("primitives.cancel")}
              </Button>
              <Button type="submit" color="red" disabled={why.trim() === ""} loading={busy !== null}>
                {t("elevation.deny")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Container>
  );
}
