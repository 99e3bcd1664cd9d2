// Proving by the password, and by a code where the account has an authenticator app.
import { Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeInput } from "./code-input";

interface StepUpPasswordProps {
  /** Whose password it is, for the browser's own keeper of passwords. */
  account: string;
  /** A code is asked for, too. */
  code: boolean;
  /** A recovery code may stand in for it. */
  recovery: boolean;
  /** There is no quicker way. */
  only: boolean;
  busy: boolean;
  /** Says whether the password was right at least, and can stay. */
  onProof: (proof: Record<string, string>) => Promise<boolean>;
}

export function StepUpPassword({ account, code: asks, recovery, only, busy, onProof }: StepUpPasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [byRecovery, setByRecovery] = useState(false);
  const prove = async (code: string) => {
    if (password === "" || (asks && code.trim() === "")) return;
    const second: Record<string, string> = byRecovery ? { recovery_code: code.trim() } : { code };
    const stays = await onProof({ password, ...(asks ? second : {}) });
    if (!stays) setPassword("");
    setCode("");
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void prove(code);
      }}
    >
      <Stack gap={12}>
        <input type="text" autoComplete="username" value={account} readOnly hidden />
        <PasswordInput
          label={t("identity.password")}
          size="md"
          value={password}
          disabled={busy}
          autoComplete="current-password"
          data-autofocus={only || undefined}
          visibilityToggleButtonProps={{ "aria-label": t("fields.showPassword") }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {asks && !byRecovery && (
          <CodeInput
            value={code}
            onChange={setCode}
            onFull={(full) => void prove(full)}
            disabled={busy}
            autoFocus={false}
          />
        )}
        {asks && byRecovery && (
          <TextInput
            label={t("steps.recoveryCode")}
            size="md"
            value={code}
            disabled={busy}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        {asks && recovery && (
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
        <Button
          type="submit"
          size="md"
          fullWidth
          mt={4}
          variant={only ? "filled" : "default"}
          loading={busy}
          disabled={password === "" || (asks && code === "")}
        >
          {t("stepUp.confirm")}
        </Button>
      </Stack>
    </form>
  );
}
