// After the password: a code of the app, a passkey or a recovery code, whichever of them the account has.
import { Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { Fingerprint } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import type { Door } from "~/lib/door";
import { knowsPasskeys, showPasskey } from "~/lib/passkey";
import type { Session } from "~/lib/session";
import { CodeInput } from "./code-input";
import { Refusal } from "./refusal";

type Method = "totp" | "passkey" | "recovery";

interface SecondFactorProps {
  door: Door;
  session: Session;
  onSignedIn: (session: Session) => Promise<void>;
  /** Looks how many tries are left, or whether this sign-in is over. */
  onRefused: () => Promise<void>;
  onRestart: () => void;
}

export function SecondFactor({ door, session, onSignedIn, onRefused, onRestart }: SecondFactorProps) {
  const { t } = useTranslation();
  const methods = ((session.methods ?? []) as Method[]).filter((one) => one !== "passkey" || knowsPasskeys());
  const [method, setMethod] = useState<Method>(methods[0] ?? "totp");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const attempt = async (answer: () => Promise<Record<string, unknown>>) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const reply = await api.post<Session>(`${door.session}/second-factor`, await answer());
      await onSignedIn(reply.data);
    } catch (refused) {
      setError(refused);
      setCode("");
      await onRefused();
    } finally {
      setBusy(false);
    }
  };
  const byCode = (given: string) =>
    attempt(async () => (method === "recovery" ? { recovery_code: given.trim() } : { code: given }));
  const byPasskey = () =>
    attempt(async () => {
      const options = await api.post<never>(`${door.session}/second-factor/passkey`);
      return { credential: await showPasskey(options.data) };
    });
  const choose = (next: Method) => {
    setMethod(next);
    setCode("");
    setError(null);
  };
  const left = session.tries_left ?? null;

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void (method === "passkey" ? byPasskey() : byCode(code));
      }}
    >
      <Stack gap={16}>
        <Refusal error={error} />
        {method === "totp" && (
          <CodeInput value={code} onChange={setCode} onFull={(full) => void byCode(full)} disabled={busy} />
        )}
        {method === "recovery" && (
          <TextInput
            label={t("steps.recoveryCode")}
            description={t("steps.recoveryHelp")}
            value={code}
            size="md"
            disabled={busy}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        {method === "passkey" && <Text fz={13}>{t("steps.passkeyHelp")}</Text>}
        {left !== null && left < 5 && (
          <Text fz={12} c="dimmed" role="status">
            {t("steps.triesLeft", { count: left })}
          </Text>
        )}
        <Button
          type="submit"
          size="md"
          fullWidth
          loading={busy}
          disabled={method === "totp" ? code.length < 6 : method === "recovery" && code.trim() === ""}
          leftSection={method === "passkey" ? <Fingerprint size={16} aria-hidden /> : undefined}
        >
          {t(method === "passkey" ? "steps.usePasskey" : "steps.go")}
        </Button>
        <Stack gap={8} align="flex-start">
          {methods
            .filter((one) => one !== method)
            .map((one) => (
              <Anchor key={one} component="button" type="button" fz={13} onClick={() => choose(one)}>
                {t(`steps.instead.${one}`)}
              </Anchor>
            ))}
          <Anchor component="button" type="button" fz={13} c="dimmed" onClick={onRestart}>
            {t("steps.restart")}
          </Anchor>
        </Stack>
      </Stack>
    </form>
  );
}
