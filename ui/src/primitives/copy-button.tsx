import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";

interface CopyButtonProps {
  value: string;
  /** What is copied, for the tooltip and screen readers; "Copy" when absent. */
  label?: string;
  /** A button with words instead of a bare icon. */
  wide?: boolean;
}

export function CopyButton({ value, label, wide }: CopyButtonProps) {
  const { t } = useTranslation();
  const clipboard = useClipboard({ timeout: 1500 });
  const text = clipboard.copied ? t("primitives.copied") : (label ?? t("primitives.copy"));
  const icon = clipboard.copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />;
  const copy = (event: React.MouseEvent) => {
    event.stopPropagation();
    clipboard.copy(value);
  };
  if (wide) {
    return (
      <Button variant="default" leftSection={icon} onClick={copy}>
        {text}
      </Button>
    );
  }
  return (
    <Tooltip label={text}>
      <ActionIcon variant="subtle" color="gray" size={24} aria-label={text} onClick={copy}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
