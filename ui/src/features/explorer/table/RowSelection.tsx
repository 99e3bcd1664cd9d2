/** What can be done with the chosen rows of a table, and with all that match. */
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArchiveRestore, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type GridSelection, NO_SELECTION, SelectionBar, useSelectAll } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { countQuery } from "../data";
import { type Doomed, doomedKeys, doomedMatching, MOST_AT_ONCE } from "../doomed";
import type { Table, TableRef } from "../model";

interface RowSelectionProps {
  tableRef: TableRef;
  table: Table;
  selection: GridSelection;
  onSelection: (next: GridSelection) => void;
  matching: QueryPairs;
  loaded: number;
  complete: boolean;
  /** What deleting means here: for ever, or into the trash. */
  intoTrash?: boolean;
  onDelete: (doomed: Doomed) => void;
  /** Takes rows out of the trash; absent where they are not in it. */
  onRestore?: (doomed: Doomed) => void;
}

export function RowSelection(props: RowSelectionProps) {
  const { tableRef, table, selection, onSelection, matching, loaded, complete } = props;
  const { t } = useTranslation();
  const client = useQueryClient();
  const searched = matching.some(([name]) => name === "search");
  const exact = useQuery({ ...countQuery(tableRef, matching, "exact"), enabled: !complete && !searched });
  const total = complete ? loaded : exact.data?.exact ? exact.data.value : null;
  const all = useSelectAll({
    selection,
    onSelection,
    loaded,
    complete,
    countMatching: () => client.fetchQuery({ ...countQuery(tableRef, matching, "exact"), staleTime: 0 }),
  });
  const tooMany = (all.count ?? 0) > MOST_AT_ONCE;
  const most = formatNumber(MOST_AT_ONCE);

  /** Why not everything that matches can be taken; undefined while that isn't known. */
  const refusal = (): string | null | undefined => {
    if (searched) return t("explorer.allSearched");
    if (!complete && exact.isFetching && !exact.data) return undefined;
    if (total === null) return t("explorer.allUncounted", { most });
    return total > MOST_AT_ONCE ? t("explorer.allTooMany", { shown: formatNumber(total), most }) : null;
  };
  const why = refusal();
  const everything = selection.all || (complete && selection.keys.length >= loaded);

  const chosen = async (then: (doomed: Doomed) => void) => {
    if (!selection.all) return then(doomedKeys(table, selection.keys));
    const count = await all.recount();
    if (count !== null) then(doomedMatching(table, matching, selection.except ?? [], count));
  };
  const { onRestore } = props;
  return (
    <SelectionBar
      count={all.count}
      offer={
        everything || why !== null
          ? null
          : {
              text: t("selection.takeAll", { shown: formatNumber(total ?? 0) }),
              counting: all.counting,
              onTake: () => void all.take(),
            }
      }
      note={tooMany ? t("explorer.mostAtOnce", { most }) : everything ? null : why}
      onClear={() => onSelection(NO_SELECTION)}
    >
      {onRestore && (
        <Button
          size="xs"
          variant="default"
          leftSection={<ArchiveRestore size={14} aria-hidden />}
          disabled={tooMany}
          loading={all.counting}
          onClick={() => void chosen(onRestore)}
        >
          {t("explorer.trash.restore", { count: all.count ?? 0 })}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        c={tooMany ? undefined : "var(--mantine-color-error)"}
        leftSection={<Trash2 size={14} aria-hidden />}
        disabled={tooMany}
        loading={all.counting}
        onClick={() => void chosen(props.onDelete)}
      >
        {t(props.intoTrash ? "explorer.trash.move" : "explorer.deleteRows", { count: all.count ?? 0 })}
      </Button>
    </SelectionBar>
  );
}
