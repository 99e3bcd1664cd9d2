/** Whose eyes to look with, and why: taken beside one's own place, for a quarter of an hour, looking only. */
import { Alert, Button, Group, Modal, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { RefField } from "~/kit/fields/ref/input";
import { api } from "~/lib/api";
import type { FieldMeta } from "~/lib/meta";
import { type Problem, toProblem } from "~/lib/problem";
import { useSession } from "~/lib/session";
import { rolesQuery } from "../data";
import type { PlaceKind } from "../model";
import { SqlToRun } from "../SqlToRun";
import { addPlace } from "./places";

const KINDS: readonly PlaceKind[] = ["user", "anon", "service"];
const WHO = { name: "user_id", label: "User", references: "users", required: true, nullable: false } as FieldMeta;

interface PlaceDialogProps {
  source: string;
  /** Said for the place before, so that it need not be said twice. */
  reason: string;
  onTaken: (id: string, reason: string) => void;
  onClose: () => void;
}

export function PlaceDialog({ source, reason: said, onTaken, onClose }: PlaceDialogProps) {
  const { t } = useTranslation();
  const isOwner = useSession().user?.role === "owner";
  const roles = useQuery(rolesQuery(source));
  const [kind, setKind] = useState<PlaceKind>("user");
  const [user, setUser] = useState<string | null>(null);
  const [reason, setReason] = useState(said);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const role = roles.data?.find((one) => one.kind === kind);
  const missing = role?.available === false ? role : null;
  const noReason = reason.trim().length < 3;
  const nobody = kind === "user" && user === null;

  const begin = async () => {
    setTried(true);
    if (noReason || nobody || missing) return;
    setBusy(true);
    setProblem(null);
    try {
      const { data } = await api.post<{ impersonation_id: string; expires_at: string }>("/impersonations/begin", {
        kind,
        ...(kind === "user" ? { user_id: user } : {}),
        reason: reason.trim(),
        comparing: true,
      });
      let label = "";
      if (kind === "user" && user) {
        const known = await api.get<{ name: string | null; email: string }>(`/users/${user}`).catch(() => null);
        label = known?.data.name || known?.data.email || "";
      }
      addPlace({ id: data.impersonation_id, kind, label, until: data.expires_at });
      onTaken(data.impersonation_id, reason.trim());
    } catch (error) {
      setBusy(false);
      setProblem(toProblem(error));
    }
  };

  return (
    <Modal opened onClose={onClose} title={t("places.choose")} size={480}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          e.stopPropagation();
          void begin();
        }}
      >
        <Stack gap={14}>
          <Text fz={13} c="dimmed">
            {t("places.text")}
          </Text>
          <Radio.Group label={t("places.whose")} value={kind} onChange={(next) => setKind(next as PlaceKind)}>
            <Stack gap={8} mt={6}>
              {KINDS.map((one) => (
                <Radio
                  key={one}
                  value={one}
                  label={t(`explorer.viewAs.${one}`)}
                  description={
                    one === "service" && !isOwner ? t("explorer.viewAs.owners") : t(`explorer.viewAs.${one}Help`)
                  }
                  disabled={one === "service" && !isOwner}
                />
              ))}
            </Stack>
          </Radio.Group>
          {kind === "user" && (
            <RefField
              field={WHO}
              scope="impersonations"
              id="place-user"
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
              {t("places.look")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
