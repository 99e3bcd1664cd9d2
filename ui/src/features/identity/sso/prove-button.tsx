// Proving again who one is at a provider, in a window of its own, so that what was begun here stays.
import { Button, Text } from "@mantine/core";
import { LogIn } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Door } from "~/lib/door";
import { addressToProve, PROVED } from "./data";

interface ProveButtonProps {
  door: Door;
  provider: string;
  label: string;
  disabled?: boolean;
  onProved: () => void;
  onRefused: (error: unknown) => void;
}

export function ProveButton({ door, provider, label, disabled, onProved, onRefused }: ProveButtonProps) {
  const { t } = useTranslation();
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    const channel = new BroadcastChannel(PROVED);
    channel.onmessage = onProved;
    return () => channel.close();
  }, [onProved]);

  const ask = async () => {
    setWaiting(true);
    // Opened at the click itself, or browsers take it for an advertisement.
    const other = window.open("", "quarterdeck-proof", "width=520,height=700");
    try {
      const location = await addressToProve(door, provider);
      if (other) other.location.href = location;
      else window.location.assign(location);
    } catch (error) {
      other?.close();
      setWaiting(false);
      onRefused(error);
    }
  };
  return (
    <>
      <Button
        variant="default"
        fullWidth
        disabled={disabled}
        leftSection={<LogIn size={16} aria-hidden />}
        onClick={() => void ask()}
      >
        {t("sso.proveWith", { provider: label })}
      </Button>
      {waiting && (
        <Text fz={12} c="dimmed" role="status">
          {t("sso.waiting")}
        </Text>
      )}
    </>
  );
}
