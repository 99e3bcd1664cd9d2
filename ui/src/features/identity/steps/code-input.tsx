import { TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./steps.module.css";

interface CodeInputProps {
  value: string;
  onChange: (value: string) => void;
  /** All six digits are there. */
  onFull?: (code: string) => void;
  error?: string | null;
  disabled?: boolean;
  autoFocus?: boolean;
}

/** The six digits of an authenticator app; spaces of pasted codes are dropped. */
export function CodeInput({ value, onChange, onFull, error, disabled, autoFocus = true }: CodeInputProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  // A wrong code is typed over, not edited.
  useEffect(() => {
    if (error) input.current?.select();
  }, [error]);
  const change = (typed: string) => {
    const code = typed.replace(/\D/g, "").slice(0, 6);
    onChange(code);
    if (code.length === 6 && code !== value) onFull?.(code);
  };
  return (
    <TextInput
      ref={input}
      label={t("steps.code")}
      value={value}
      error={error}
      disabled={disabled}
      size="md"
      inputMode="numeric"
      autoComplete="one-time-code"
      placeholder="000000"
      classNames={{ input: classes.code }}
      data-autofocus={autoFocus || undefined}
      autoFocus={autoFocus}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
