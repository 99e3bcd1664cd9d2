/** Whose eyes to look with, and why. Roles that the database lacks are named, with what somebody has to run first. */
import { Alert, Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { RefField } from "~/kit/fields/ref/input";
import type { FieldMeta } from "~/lib/meta";
import { type Problem, toProblem } from "~/lib/problem";
import { useSession } from "~/lib/session";
import { rolesQuery } from "../data";
import type { PlaceKind } from "../model";
import { isReason, ReasonField } from "../ReasonField";
import { SqlToRun } from "../SqlToRun";

const KINDS: readonly PlaceKind[] = ["user", "anon", "service"];
const WHO = { name: "user_id", label: "User", references: "users", required: true, nullable: false } as FieldMeta;

/** What beginning a look takes, as it is sent. */
export interface Wanted {
  kind: PlaceKind;
  user_id?: string;
  reason: string;
}

interface PlaceFormProps {
  source: string;
  title: string;
  /** What it does, before the question. */
  text: string;
  question: string;
  /** The verb on the button. */
  verb: string;
  /** What was said before, so that it need not be said twice. */
  reason?: string;
  /** More to choose, below the reason. */
  children?: ReactNode;
  begin: (wanted: Wanted) => Promise<void>;
  onClose: () => void;
}

export function PlaceForm({ source, title, text, question, verb, children, begin, onClose, ...given }: PlaceFormProps) {
  const { t } = useTranslation();
  const isOwner = useSession().user?.role === "owner";
  const roles = useQuery(rolesQuery(source));
  const [kind, setKind] = useState<PlaceKind>("user");
  const [user, setUser] = useState<string | null>(null);
  const [reason, setReason] = useState(given.reason ?? "");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const role = roles.data?.find((one) => one.kind === kind);
  const missing = role?.available === false ? role : null;
  const noReason = !isReason(reason);
  const nobody = kind === "user" && user === null;

  const help = (one: PlaceKind) => {
    if (one === "service" && !isOwner) return t("explorer.viewAs.owners");
    const bound = one === "service" && roles.data?.find((r) => r.kind === one)?.above_policies === false;
    return t(bound ? "explorer.viewAs.servicePolicies" : `explorer.viewAs.${one}Help`);
  };
  const send = async () => {
    setTried(true);
    if (noReason || nobody || missing) return;
    setBusy(true);
    setProblem(null);
    try {
      await begin({ kind, ...(kind === "user" && user ? { user_id: user } : {}), reason: reason.trim() });
    } catch (error) {
      setBusy(false);
      setProblem(toProblem(error));
    }
  };

  return (
    <Modal opened onClose={onClose} title={title} size={520}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          // It may be asked within another form.
          e.stopPropagation();
          void send();
        }}
      >
        <Stack gap={14}>
          <Text fz={13} c="dimmed">
            {text}
          </Text>
          <Radio.Group label={question} value={kind} onChange={(next) => setKind(next as PlaceKind)}>
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
              id="place-user"
              label={t("explorer.viewAs.who")}
              help={null}
              value={user}
              onChange={(next) => setUser(typeof next === "string" ? next : null)}
              error={problem?.errorFor("user_id") ?? (tried && nobody ? t("explorer.viewAs.whoMissing") : null)}
            />
          )}
          <ReasonField
            value={reason}
            onChange={setReason}
            tried={tried}
            error={problem?.errorFor("reason")}
            help={t("explorer.viewAs.reasonHelp")}
          />
          {children}
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
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
