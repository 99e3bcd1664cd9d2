/** The line under the rows: how many there are, column and density choice. */
import { ActionIcon, Group, Loader, Menu, Text, Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { Rows2, Rows3, Rows4 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./grid.module.css";
import { formatTotal } from "./total";
import type { Density, GridTotal } from "./types";

interface GridStatusProps {
  /** First and last row on screen, from 1; null when there are none. */
  range: [number, number] | null;
  total: GridTotal | undefined;
  loaded: number;
  hasMore: boolean;
  onCountExact?: () => void;
  notice: string | null;
  density: Density;
  onDensity?: (next: Density) => void;
  columnPicker: ReactNode;
  footer: ReactNode;
}

const DENSITY_ICON = { compact: Rows4, normal: Rows3, relaxed: Rows2 };

export function GridStatus(props: GridStatusProps) {
  return (
    <div className={classes.status}>
      <Group gap={10} wrap="nowrap" className={classes.statusLeft}>
        <Count {...props} />
        {props.notice && (
          <Text size="xs" c="dimmed" className={classes.ellipsis} title={props.notice}>
            {props.notice}
          </Text>
        )}
        <VisuallyHidden aria-live="polite">{props.notice}</VisuallyHidden>
      </Group>
      <Group gap={4} wrap="nowrap">
        {props.footer}
        {props.columnPicker}
        {props.onDensity && <DensityMenu density={props.density} onDensity={props.onDensity} />}
      </Group>
    </div>
  );
}

function Count({ range, total, loaded, hasMore, onCountExact }: GridStatusProps) {
  const { t, i18n } = useTranslation();
  const number = (n: number) => new Intl.NumberFormat(i18n.language).format(n);
  if (!range)
    return total?.kind === "exact" ? <Text size="xs">{t("grid.rows", { count: total.value ?? 0 })}</Text> : null;
  // When the last row is loaded, the number is known without counting.
  const known: GridTotal =
    hasMore && total ? total : hasMore ? { value: null, kind: "unknown" } : { value: loaded, kind: "exact" };
  const text = formatTotal(known, i18n.language) ?? t("grid.unknown");
  const countable = known.kind !== "exact" && onCountExact;
  return (
    <Group gap={4} wrap="nowrap" className={classes.count}>
      <Text size="xs" c="dimmed" span>
        {t("grid.range", { from: number(range[0]), to: number(range[1]) })}
      </Text>
      {countable ? (
        <Tooltip label={t("grid.countExactly")}>
          <UnstyledButton className={classes.countButton} onClick={onCountExact} disabled={total?.counting}>
            {text}
            {total?.counting && <Loader size={10} ml={6} />}
          </UnstyledButton>
        </Tooltip>
      ) : (
        <Text size="xs" span>
          {text}
        </Text>
      )}
    </Group>
  );
}

function DensityMenu({ density, onDensity }: { density: Density; onDensity: (next: Density) => void }) {
  const { t } = useTranslation();
  const Icon = DENSITY_ICON[density];
  return (
    <Menu position="top-end" withinPortal>
      <Menu.Target>
        <Tooltip label={t("grid.density")}>
          <ActionIcon size={24} variant="subtle" color="gray" aria-label={t("grid.density")}>
            <Icon size={14} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {(["compact", "normal", "relaxed"] as const).map((one) => {
          const OneIcon = DENSITY_ICON[one];
          return (
            <Menu.Item
              key={one}
              leftSection={<OneIcon size={14} />}
              onClick={() => onDensity(one)}
              fw={one === density ? 600 : undefined}
              aria-current={one === density || undefined}
            >
              {t(`grid.density_${one}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
