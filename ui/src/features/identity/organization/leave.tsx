// Leaving an organization: one question that says what goes with it, then it counts at once.
import { Alert, Button, Group, List, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { USER } from "~/lib/door";
import { toProblem } from "~/lib/problem";
import { type OwnOrganization, sessionOf } from "~/lib/session";
import { toastDone } from "~/lib/toast";

export function LeaveDialog({ organization, onClose }: { organization: OwnOrganization; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const leave = async () => {
    setBusy(true);
    try {
      await api.post(`/account/organizations/${organization.id}/leave`);
    } catch (error) {
      const problem = toProblem(error);
      setRefused(problem.detail ?? problem.title);
      setBusy(false);
      return;
    }
    toastDone(t("organization.left", { name: organization.name }));
    onClose();
    await client.invalidateQueries({ queryKey: sessionOf(USER).queryKey });
  };
  return (
    <Modal opened onClose={onClose} title={t("organization.leaveTitle", { name: organization.name })}>
      <Stack gap={16}>
        {refused && (
          <Alert color="red" role="alert" icon={<TriangleAlert size={16} aria-hidden />}>
            {refused}
          </Alert>
        )}
        <Text fz={13}>{t("organization.leaveText")}</Text>
        <WhatGoes organization={organization} />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("primitives.cancel")}
          </Button>
          <Button color="red" loading={busy} onClick={() => void leave()}>
            {t("organization.leave")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Goes {
  keys: number;
  invitations: number;
  elevations: number;
}

/** What is over with the membership, where there is anything. */
function WhatGoes({ organization }: { organization: OwnOrganization }) {
  const { t } = useTranslation();
  const goes = useQuery({
    queryKey: ["own", USER.kind, "leaving", organization.id],
    queryFn: async ({ signal }) =>
      (await api.get<Goes>(`/account/organizations/${organization.id}/leave`, { signal })).data,
    staleTime: 0,
  });
  if (goes.isPending) return <Skeleton height={16} width={200} radius="sm" />;
  if (goes.isError) return <Text fz={13}>{toProblem(goes.error).detail ?? t("organization.goesUnknown")}</Text>;
  const lines = (["keys", "invitations", "elevations"] as const).filter((what) => goes.data[what] > 0);
  if (lines.length === 0) return null;
  return (
    <List fz={13} aria-label={t("organization.goes")}>
      {lines.map((what) => (
        <List.Item key={what}>{t(`organization.goesWith.${what}`, { count: goes.data[what] })}</List.Item>
      ))}
    </List>
  );
}
