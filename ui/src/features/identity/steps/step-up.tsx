// Asks again who sits there, for everything that wants a fresh proof, wherever in the panel it was begun.
import { Button, Divider, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fingerprint, ShieldCheck } from "lucide-react";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem, toProblem } from "~/lib/api";
import { knowsPasskeys, showPasskey } from "~/lib/passkey";
import type { Asked } from "~/lib/step-up";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { useFactors, useOwnAccount } from "../own/data";
import { ownIdentities } from "../sso/data";
import { ProveButton } from "../sso/prove-button";
import { Refusal } from "./refusal";
import { StepUpPassword } from "./step-up-password";

export default function StepUpDialog({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const cancel = () => asked.answer(false);
  return (
    <Modal
      opened
      onClose={cancel}
      title={
        <Group gap={8} wrap="nowrap">
          <ShieldCheck size={18} aria-hidden />
          {t("stepUp.title")}
        </Group>
      }
      size={400}
      zIndex={350}
      closeOnClickOutside={false}
    >
      <Ways asked={asked} onCancel={cancel} />
    </Modal>
  );
}

/** Once it is known what this account can prove with, one way under the other, the quickest first. */
function Ways({ asked, onCancel }: { asked: Asked; onCancel: () => void }) {
  const { t } = useTranslation();
  const { door, answer } = asked;
  const account = useOwnAccount(door);
  const factors = useFactors(door);
  const identities = useQuery(ownIdentities(door));
  const proved = useCallback(() => answer(true), [answer]);
  const [busy, setBusy] = useState<"passkey" | "password" | null>(null);
  const [error, setError] = useState<unknown>(null);

  const prove = async (way: "passkey" | "password", proof: () => Promise<Record<string, unknown>>) => {
    if (busy !== null) return null;
    setBusy(way);
    setError(null);
    try {
      await api.post(`${door.session}/proof`, await proof());
      answer(true);
      return null;
    } catch (refused) {
      setError(refused);
      return refused;
    } finally {
      setBusy(null);
    }
  };

  if (account.isPending || factors.isPending || identities.isPending) return <FormSkeleton fields={2} />;
  const failed = account.data === undefined ? account : factors.data === undefined ? factors : null;
  if (failed) return <Failed problem={toProblem(failed.error)} onRetry={() => void failed.refetch()} />;
  const { email } = account.data as NonNullable<typeof account.data>;
  const providers = (identities.data?.identities ?? []).filter((one) => one.provider !== null);
  // Where the provider is the only way in, a password that is still there proves nothing.
  const has_password = account.data?.has_password === true && identities.data?.exclusive !== true;
  const have = factors.data as NonNullable<typeof factors.data>;
  const has = (kind: string) => have.factors.some((one) => one.kind === kind);
  const passkey = has("passkey") && have.passkeys && knowsPasskeys();

  return (
    <Stack gap={16}>
      <Text fz={13} c="dimmed">
        {t("stepUp.text", { email })}
      </Text>
      <Refusal error={error} />
      {passkey && (
        <Button
          size="md"
          fullWidth
          data-autofocus
          loading={busy === "passkey"}
          disabled={busy === "password"}
          leftSection={<Fingerprint size={16} aria-hidden />}
          onClick={() =>
            void prove("passkey", async () => ({
              credential: await showPasskey((await api.post<never>(`${door.session}/proof/passkey`)).data),
            }))
          }
        >
          {t("steps.usePasskey")}
        </Button>
      )}
      {providers.map((one) => (
        <ProveButton
          key={one.id}
          door={door}
          provider={one.provider ?? ""}
          label={one.label}
          disabled={busy !== null}
          onProved={proved}
          onRefused={setError}
        />
      ))}
      {(passkey || providers.length > 0) && has_password && <Divider label={t("steps.or")} />}
      {has_password && (
        <StepUpPassword
          account={email}
          code={has("totp")}
          recovery={have.recovery_codes_left > 0}
          only={!passkey}
          busy={busy !== null}
          onProof={async (proof) => {
            const refused = await prove("password", async () => proof);
            // Which of them was wrong is said; only that one is typed again.
            return refused instanceof Problem && refused.errorFor("password") === null && refused.errors.length > 0;
          }}
        />
      )}
      {!passkey && !has_password && providers.length === 0 && <Text fz={13}>{t("stepUp.noWay")}</Text>}
      <Button variant="subtle" color="gray" fullWidth disabled={busy !== null} onClick={onCancel}>
        {t("primitives.cancel")}
      </Button>
    </Stack>
  );
}
