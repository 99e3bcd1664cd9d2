/** The sort as chips, because the sorted column may be out of view or hidden. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Chip } from "~/primitives/chip";
import classes from "./grid.module.css";
import type { SortTerm } from "./types";

interface SortChipsProps {
  columns: readonly { key: string; label: string }[];
  sort: readonly SortTerm[];
  onSort: (next: SortTerm[]) => void;
}

export function SortChips({ columns, sort, onSort }: SortChipsProps) {
  const { t } = useTranslation();
  return sort.map((term) => {
    const column = columns.find((one) => one.key === term.key)?.label ?? term.key;
    const turn = t("grid.turnSort", { column, way: t(term.desc ? "grid.descending" : "grid.ascending") });
    const Arrow = term.desc ? ArrowDown : ArrowUp;
    return (
      <Chip
        key={term.key}
        pressLabel={turn}
        pressTitle={turn}
        onPress={() => onSort(sort.map((one) => (one === term ? { ...one, desc: !one.desc } : one)))}
        removeLabel={t("grid.removeSort", { column })}
        onRemove={() => onSort(sort.filter((one) => one !== term))}
      >
        <Arrow size={13} aria-hidden className={classes.chipArrow} />
        {column}
      </Chip>
    );
  });
}
