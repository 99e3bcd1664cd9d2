/** How much a run may show and how long a statement may take. */
import { ActionIcon, NumberInput, Popover, Stack, Tooltip } from "@mantine/core";
import { Settings2 } from "lucide-react";
import { useTranslation } from "react-i18next";

export interface RunLimits {
  maxRows: number;
  timeout: number;
}

export function Limits({ limits, onLimits }: { limits: RunLimits; onLimits: (next: RunLimits) => void }) {
  const { t } = useTranslation();
  const set = (name: keyof RunLimits, most: number) => (value: string | number) => {
    const number = Math.round(Number(value));
    if (number >= 1 && number <= most) onLimits({ ...limits, [name]: number });
  };
  return (
    <Popover position="bottom-end" width={240} withinPortal trapFocus>
      <Popover.Target>
        <Tooltip label={t("explorer.sql.limits")}>
          <ActionIcon variant="default" size={30} aria-label={t("explorer.sql.limits")}>
            <Settings2 size={15} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={10}>
          <NumberInput
            size="xs"
            label={t("explorer.sql.maxRows")}
            description={t("explorer.sql.maxRowsHelp")}
            min={1}
            max={10_000}
            value={limits.maxRows}
            onChange={set("maxRows", 10_000)}
          />
          <NumberInput
            size="xs"
            label={t("explorer.sql.timeout")}
            description={t("explorer.sql.timeoutHelp")}
            min={1}
            max={3600}
            value={limits.timeout}
            onChange={set("timeout", 3600)}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
