/** What is chosen and what can be done with it: stands under the rows while there is a selection. */
import { ActionIcon, Anchor, Loader, Text } from "@mantine/core";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import classes from "./selection-bar.module.css";

interface SelectionBarProps {
  /** Number of chosen rows; null while everything is chosen and nobody has counted. */
  count: number | null;
  /** The way to choose more than the rows picked one by one. */
  offer?: { text: string; counting: boolean; onTake: () => void } | null;
  /** Why there is no such way. */
  note?: string | null;
  onClear: () => void;
  /** The actions. */
  children: ReactNode;
}

export function SelectionBar({ count, offer, note, onClear, children }: SelectionBarProps) {
  const { t } = useTranslation();
  return (
    <section className={classes.bar} aria-label={t("selection.label")}>
      <div className={classes.what}>
        <Text fz={13} fw={500} role="status">
          {count === null ? t("selection.all") : t("selection.chosen", { count, shown: formatNumber(count) })}
        </Text>
        {offer && (
          <Anchor component="button" type="button" fz={13} onClick={offer.onTake} disabled={offer.counting}>
            {offer.counting ? <Loader size={12} /> : offer.text}
          </Anchor>
        )}
        {!offer && note && (
          <Text fz={12} c="dimmed">
            {note}
          </Text>
        )}
      </div>
      <div className={classes.actions}>{children}</div>
      <ActionIcon
        className={classes.clear}
        variant="subtle"
        color="gray"
        size={28}
        aria-label={t("selection.clear")}
        onClick={onClear}
      >
        <X size={16} aria-hidden />
      </ActionIcon>
    </section>
  );
}
