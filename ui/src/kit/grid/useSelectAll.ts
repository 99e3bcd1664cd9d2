/** "Select all matching": how many that is, counted when somebody takes it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toastProblem } from "~/lib/toast";
import { selectedCount } from "./selection";
import type { GridSelection } from "./types";

interface SelectAllOptions {
  selection: GridSelection;
  onSelection: (next: GridSelection) => void;
  loaded: number;
  /** All matching rows are loaded. */
  complete: boolean;
  /** Counts what matches now. */
  countMatching: () => Promise<{ value: number | null; exact: boolean }>;
}

export interface SelectAll {
  /** Number of chosen rows; null when all are and nobody has counted. */
  count: number | null;
  counting: boolean;
  take: () => Promise<void>;
  /** Counts again, for whoever must name the exact number; without the rows taken out. Null when that can't be had. */
  recount: () => Promise<number | null>;
}

export function useSelectAll(options: SelectAllOptions): SelectAll {
  const { selection, onSelection, loaded, complete, countMatching } = options;
  const { t } = useTranslation();
  const [counting, setCounting] = useState(false);
  const [all, setAll] = useState<number | null>(null);
  const except = selection.except?.length ?? 0;
  const counted = async (): Promise<number | null> => {
    setCounting(true);
    try {
      const found = await countMatching();
      if (!found.exact || found.value === null) return null;
      setAll(found.value);
      return found.value;
    } catch (error) {
      toastProblem(error, t("selection.countFailed"));
      return null;
    } finally {
      setCounting(false);
    }
  };
  return {
    count: selectedCount(selection, all) ?? null,
    counting,
    take: async () => {
      const found = complete ? loaded : await counted();
      if (found === null) return;
      setAll(found);
      onSelection({ keys: [], all: true });
    },
    recount: async () => {
      const found = await counted();
      return found === null ? null : found - except;
    },
  };
}
