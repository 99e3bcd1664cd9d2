/** The line under the rows: how many there are, column and density choice. */
import { ActionIcon, Loader, Menu, Text, Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { Rows2, Rows3, Rows4 } from "lucide-react";
import { memo, type ReactNode, useMemo } from "react";
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
      <div className={classes.statusLeft}>
        <Count {...props} />
        {props.notice && (
          <Text size="xs" c="dimmed" className={classes.ellipsis} title={props.notice}>
            {props.notice}
          </Text>
        )}
        <VisuallyHidden aria-live="polite">{props.notice}</VisuallyHidden>
      </div>
      <div className={classes.statusRight}>
        {props.footer}
        {props.columnPicker}
        {props.onDensity && <DensityMenu density={props.density} onDensity={props.onDensity} />}
      </div>
    </div>
  );
}

function Count({ range, total, loaded, hasMore, onCountExact }: GridStatusProps) {
  const { t, i18n } = useTranslation();
  const numbers = useMemo(() => new Intl.NumberFormat(i18n.language), [i18n.language]);
  if (!range) return total?.kind === "exact" ? <span>{t("grid.rows", { count: total.value ?? 0 })}</span> : null;
  // When the last row is loaded, the number is known without counting.
  const known: GridTotal =
    hasMore && total ? total : hasMore ? { value: null, kind: "unknown" } : { value: loaded, kind: "exact" };
  return (
    <div className={classes.count}>
      <span className={classes.range}>
        {t("grid.range", { from: numbers.format(range[0]), to: numbers.format(range[1]) })}
      </span>
      <Total value={known.value} kind={known.kind} counting={total?.counting} onCountExact={onCountExact} />
    </div>
  );
}

type TotalProps = GridTotal & { onCountExact?: () => void };

/** Scrolling changes what stands before it, many times a second. */
const Total = memo(({ counting, onCountExact, ...known }: TotalProps) => {
  const { t, i18n } = useTranslation();
  const text = formatTotal(known, i18n.language) ?? t("grid.unknown");
  if (known.kind === "exact" || !onCountExact) return <span>{text}</span>;
  return (
    <Tooltip label={t("grid.countExactly")}>
      <UnstyledButton className={classes.countButton} onClick={onCountExact} disabled={counting}>
        {text}
        {counting && <Loader size={10} ml={6} />}
      </UnstyledButton>
    </Tooltip>
  );
});

const DensityMenu = memo(Densities);

function Densities({ density, onDensity }: { density: Density; onDensity: (next: Density) => void }) {
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
