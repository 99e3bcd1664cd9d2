import { useTranslation } from "react-i18next";
import type { Problem } from "~/lib/problem";
import { Failed } from "~/primitives/states";

interface ListFailedProps {
  problem: Problem;
  onRetry: () => void;
  onClear: () => void;
}

/** A list that couldn't be read. When the question itself was wrong, asking again doesn't help: start over without filters. */
export function ListFailed({ problem, onRetry, onClear }: ListFailedProps) {
  const { t } = useTranslation();
  if (problem.kind === "filter")
    return <Failed problem={problem} onRetry={onClear} retryLabel={t("states.clearFilters")} />;
  return <Failed problem={problem} onRetry={onRetry} />;
}
