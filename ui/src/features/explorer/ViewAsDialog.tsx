/** As whom, why, and for how long. Roles that the database lacks are named, with what somebody has to run first. */
import { Alert, Button, Group, Modal, Radio, Select, Stack, Switch, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { RefField } from "~/kit/fields/ref/input";
import { api } from "~/lib/api";
import type { FieldMeta } from "~/lib/meta";
import { type Problem, toProblem } from "~/lib/problem";
import { useSession } from "~/lib/session";
import { rolesQuery } from "./data";
import type { PlaceKind } from "./model";
import { SqlToRun } from "./SqlToRun";

const KINDS: readonly PlaceKind[] = ["user", "anon", "service"];
const MINUTES = [15, 30, 60];

const WHO = { name: "user_id", label: "User", references: "users", required: true, nullable: false } as FieldMeta;

export default function ViewAsDialog({ source, onClose }: { source: string; onClose: () => void }) {
  const { t } = useTranslation();
  const isOwner = useSession().user?.role === "owner";
  const roles = useQuery(rolesQuery(source));
  const [kind, setKind] = useState<PlaceKind>("user");
  const [user, setUser] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState("15");
  const [writing, setWriting] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const role = roles.data?.find((one) => one.kind === kind);
  const missing = role?.available === false ? role : null;
  const noReason = reason.trim().length < 3;
  const nobody = kind === "user" && user === null;

  const help = (one: PlaceKind) => {
    if (one === "service" && !isOwner) return t("explorer.viewAs.owners");
    const bound = one === "service" && roles.data?.find((r) => r.kind === one)?.above_policies === false;
    return t(bound ? "explorer.viewAs.servicePolicies" : `explorer.viewAs.${one}Help`);
  };
  const begin = async () => {
    setTried(true);
    if (noReason || nobody || missing) return;
    setBusy(true);
    setProblem(null);
    try {
      await api.post("/impersonations/begin", {
        kind,
        ...(kind === "user" ? { user_id: user } : {}),
        reason: reason.trim(),
        minutes: Number(minutes),
        read_only: !writing,
      });
      // Everything read so far was read with one's own rights: the page begins anew.
      window.location.reload();
    } catch (error) {
      setBusy(false);
      setProblem(toProblem(error));
    }
  };

  return (
    <Modal opened onClose={onClose} title={t("explorer.viewAs.title")} size={520}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void begin();
        }}
      >
        <Stack gap={14}>
          <Text fz={13} c="dimmed">
            {t("explorer.viewAs.text")}
          </Text>
          <Radio.Group label={t("explorer.viewAs.kind")} value={kind} onChange={(next) => setKind(next as PlaceKind)}>
            <Stack gap={8} mt={6}>
              {KINDS.map((one) => (
                <Radio
                  key={one}
                  value={one}
                  label={t(`explorer.viewAs.${one}`)}
                  description={help(one)}
                  disabled={one === "service" && !isOwner}
                />
              ))}
            </Stack>
          </Radio.Group>
          {kind === "user" && (
            <RefField
              field={WHO}
              scope="impersonations"
              id="view-as-user"
              label={t("explorer.viewAs.who")}
              help={null}
              value={user}
              onChange={(next) => setUser(typeof next === "string" ? next : null)}
              error={problem?.errorFor("user_id") ?? (tried && nobody ? t("explorer.viewAs.whoMissing") : null)}
            />
          )}
          <Textarea
            label={t("explorer.viewAs.reason")}
            description={t("explorer.viewAs.reasonHelp")}
            withAsterisk
            autosize
            minRows={1}
            maxRows={4}
            maxLength={500}
            value={reason}
            onChange={(e) => setReason(e.currentTarget.value)}
            error={problem?.errorFor("reason") ?? (tried && noReason ? t("explorer.viewAs.reasonMissing") : undefined)}
          />
          <Select
            label={t("explorer.viewAs.minutes")}
            data={MINUTES.map((count) => ({ value: String(count), label: t("explorer.viewAs.count", { count }) }))}
            value={minutes}
            onChange={(next) => setMinutes(next ?? "15")}
            allowDeselect={false}
          />
          <Switch
            label={t("explorer.viewAs.write")}
            description={t("explorer.viewAs.writeHelp")}
            checked={writing}
            onChange={(e) => setWriting(e.currentTarget.checked)}
          />
          {missing && (
            <Alert color="yellow" role="status" p={10}>
              <Text fz={13}>{missing.reason}</Text>
              {missing.sql && <SqlToRun sql={missing.sql} />}
            </Alert>
          )}
          {problem && problem.errors.length === 0 && (
            <Alert color="red" role="alert" p={10}>
              {problem.detail ?? problem.title}
            </Alert>
          )}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={onClose}>
              {t("explorer.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={missing !== null}>
              {t("explorer.viewAs.begin")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
