// Asks again who sits there, for everything that wants a fresh proof, wherever in the panel it was begun.
import { Anchor, Button, Group, Modal, PasswordInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fingerprint } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem } from "~/lib/api";
import { knowsPasskeys, showPasskey } from "~/lib/passkey";
import type { Asked } from "~/lib/step-up";
import type { Factors } from "../own/factors";
import { CodeInput } from "./code-input";
import { Refusal } from "./refusal";

export default function StepUpDialog({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const { door, answer } = asked;
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [byRecovery, setByRecovery] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const factors = useQuery({
    queryKey: ["own", door.kind, "factors"],
    queryFn: async ({ signal }) => (await api.get<Factors>(`${door.own}/factors`, { signal })).data,
  });
  const has = (kind: string) => factors.data?.factors.some((one) => one.kind === kind) ?? false;
  const passkey = has("passkey") && factors.data?.passkeys === true && knowsPasskeys();

  const prove = async (proof: () => Promise<Record<string, unknown>>) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await api.post(`${door.session}/proof`, await proof());
      answer(true);
    } catch (refused) {
      setError(refused);
      // Which of them was wrong is said; only that one is typed again.
      if (!(refused instanceof Problem) || refused.errorFor("password") !== null) setPassword("");
      setCode("");
    } finally {
      setBusy(false);
    }
  };
  const byPassword = () =>
    prove(async () => ({
      password,
      ...(has("totp") && (byRecovery ? { recovery_code: code.trim() } : { code })),
    }));
  const byPasskey = () =>
    prove(async () => ({
      credential: await showPasskey((await api.post<never>(`${door.session}/proof/passkey`)).data),
    }));

  return (
    <Modal opened onClose={() => answer(false)} title={t("stepUp.title")} zIndex={350} closeOnClickOutside={false}>
      {factors.isPending ? (
        <Skeleton h={120} />
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void byPassword();
          }}
        >
          <Stack gap={16}>
            <Text fz={13} c="dimmed">
              {t("stepUp.text")}
            </Text>
            <Refusal error={error} />
            <PasswordInput
              label={t("identity.password")}
              value={password}
              disabled={busy}
              autoComplete="current-password"
              data-autofocus
              visibilityToggleButtonProps={{ "aria-label": t("fields.showPassword") }}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {has("totp") && !byRecovery && (
              <CodeInput value={code} onChange={setCode} disabled={busy} autoFocus={false} />
            )}
            {has("totp") && byRecovery && (
              <TextInput
                label={t("steps.recoveryCode")}
                value={code}
                disabled={busy}
                autoComplete="off"
                onChange={(event) => setCode(event.currentTarget.value)}
              />
            )}
            {has("totp") && (factors.data?.recovery_codes_left ?? 0) > 0 && (
              <Anchor
                component="button"
                type="button"
                fz={13}
                style={{ alignSelf: "start" }}
                onClick={() => {
                  setByRecovery(!byRecovery);
                  setCode("");
                }}
              >
                {t(byRecovery ? "steps.instead.totp" : "steps.instead.recovery")}
              </Anchor>
            )}
            <Group justify="flex-end" gap={8}>
              {passkey && (
                <Button
                  variant="default"
                  mr="auto"
                  disabled={busy}
                  leftSection={<Fingerprint size={16} aria-hidden />}
                  onClick={() => void byPasskey()}
                >
                  {t("steps.usePasskey")}
                </Button>
              )}
              <Button variant="default" disabled={busy} onClick={() => answer(false)}>
                {t("primitives.cancel")}
              </Button>
              <Button type="submit" loading={busy} disabled={password === "" || (has("totp") && code === "")}>
                {t("stepUp.confirm")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
