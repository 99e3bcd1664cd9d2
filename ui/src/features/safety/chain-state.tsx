// How the log stands: sealed how far, checked when and with what result, stated where, kept how long.
import { Alert, Button, Group, List, Progress, Stack, Text, Tooltip } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { formatExactNumber, formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { toastDone } from "~/lib/toast";
import { type Fact, KeyFacts } from "~/primitives/key-facts";
import { RelativeTime } from "~/primitives/relative-time";
import { StatusBadge } from "~/primitives/status-badge";

interface Finding {
  chain: string;
  seq: number;
  problem: string;
}

interface Verification {
  id: string;
  state: "queued" | "running" | "done" | "failed";
  finished_at: string | null;
  percent?: number;
  found: number;
  findings: Finding[];
  error?: string | null;
}

interface AuditState {
  chains: { chain: string; sealed: string; unsealed: number; oldest_unsealed_at: string | null }[];
  chains_total: number;
  verifications: Verification[];
  checkpoint: { number: number; at: string; file: string; problems: string[] } | null;
}

const KEY = ["audit-state"];

export function ChainState() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { kind } = useSurface();
  const may = useCan("audit:verify");
  const state = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await api.get<AuditState>("/safety/audit-state", { signal })).data,
    refetchInterval: (query) => (isRunning(query.state.data) ? 2000 : 60_000),
  });
  const verify = useMutation({
    mutationFn: () => api.post("/safety/verifications", {}),
    onSuccess: async () => {
      toastDone(t("auditLog.state.asked"));
      await client.invalidateQueries({ queryKey: KEY });
    },
  });
  if (state.isPending) return null;
  if (state.isError) {
    return (
      <Alert color="red" p={10} role="alert">
        {toProblem(state.error).detail ?? toProblem(state.error).title}
      </Alert>
    );
  }
  const { chains, chains_total, verifications, checkpoint } = state.data;
  const unsealed = chains.reduce((sum, one) => sum + one.unsealed, 0);
  const oldest = chains
    .map((one) => one.oldest_unsealed_at ?? "")
    .filter(Boolean)
    .sort()[0];
  const running = verifications.find((one) => one.state === "queued" || one.state === "running");
  const last = verifications.find((one) => one.state === "done" || one.state === "failed");
  const facts: Fact[] = [
    {
      key: "sealed",
      label: t("auditLog.state.sealed"),
      value: t("auditLog.state.sealedIn", {
        rows: formatExactNumber(chains.reduce((sum, one) => sum + BigInt(one.sealed), 0n).toString()),
        count: chains_total,
      }),
    },
    {
      key: "unsealed",
      label: t("auditLog.state.unsealed"),
      value: oldest ? (
        <span>
          {formatNumber(unsealed)} · <RelativeTime value={oldest} />
        </span>
      ) : (
        t("auditLog.state.none")
      ),
    },
    { key: "checked", label: t("auditLog.state.checked"), value: <Result of={last} /> },
    ...(kind === "platform"
      ? [
          {
            key: "checkpoint",
            label: t("auditLog.state.checkpoint"),
            value: checkpoint ? (
              <Tooltip label={checkpoint.file} events={{ hover: true, focus: true, touch: true }}>
                <span>
                  <RelativeTime value={checkpoint.at} />
                </span>
              </Tooltip>
            ) : (
              t("auditLog.state.notYet")
            ),
          },
        ]
      : []),
  ];
  const problems = [
    ...(last?.findings ?? []).slice(0, 20).map((one) => `${one.chain} ${one.seq}: ${one.problem}`),
    ...(checkpoint?.problems ?? []),
  ];
  return (
    <Stack gap={8}>
      <Group justify="space-between" gap={12} align="center">
        <KeyFacts facts={facts} />
        {kind === "platform" && (
          <Tooltip label={t("auditLog.state.mayNot")} disabled={may}>
            <Button
              size="xs"
              variant="default"
              leftSection={<ShieldCheck size={14} aria-hidden />}
              data-disabled={!may || undefined}
              aria-disabled={!may}
              loading={verify.isPending || running !== undefined}
              onClick={() => may && verify.mutate()}
            >
              {t("auditLog.state.check")}
            </Button>
          </Tooltip>
        )}
      </Group>
      {running && <Progress value={running.percent ?? 0} size="sm" aria-label={t("auditLog.state.running")} />}
      {verify.isError && (
        <Alert color="red" p={10} role="alert">
          {toProblem(verify.error).detail ?? toProblem(verify.error).title}
        </Alert>
      )}
      {problems.length > 0 && (
        <Alert color="red" p={10} role="alert" title={t("auditLog.state.problems")}>
          <List size="sm">
            {problems.map((problem) => (
              <List.Item key={problem}>{problem}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}

function isRunning(state: AuditState | undefined): boolean {
  return state?.verifications.some((one) => one.state === "queued" || one.state === "running") ?? false;
}

function Result({ of }: { of: Verification | undefined }) {
  const { t } = useTranslation();
  if (!of) return <>{t("auditLog.state.notYet")}</>;
  return (
    <Group gap={6} wrap="nowrap">
      {of.finished_at && <RelativeTime value={of.finished_at} />}
      {of.state === "failed" ? (
        <StatusBadge color="red">{t("auditLog.state.failed")}</StatusBadge>
      ) : of.found === 0 ? (
        <Text span fz="inherit" c="dimmed">
          {t("auditLog.state.nothing")}
        </Text>
      ) : (
        <StatusBadge color="red">{t("auditLog.state.found", { count: of.found })}</StatusBadge>
      )}
    </Group>
  );
}
