/** What can be done with the chosen rows of a table, and with all that match. */
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArchiveRestore, PencilLine, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type GridSelection, NO_SELECTION, SelectionBar, useSelectAll } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import type { Many } from "../batch/model";
import { countQuery } from "../data";
import { type Doomed, doomedKeys, doomedMatching, MOST_AT_ONCE } from "../doomed";
import type { Table, TableRef } from "../model";
import { Allowed } from "./TablePage";

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
  /** While changes are collected: rows are marked, or their marks taken back. */
  marking?: "doom" | "spare" | null;
  collecting?: boolean;
  onDelete: (doomed: Doomed) => void;
  /** Does it to however many: looked at first, as work that goes on by itself. */
  onMany: (many: Many) => void;
  /** Takes rows out of the trash; absent where they are not in it. */
  onRestore?: (doomed: Doomed) => void;
}

export function RowSelection(props: RowSelectionProps) {
  const { tableRef, table, selection, onSelection, matching, loaded, complete } = props;
  const { t } = useTranslation();
  const client = useQueryClient();
  const searched = matching.some(([name]) => name === "search");
  const batches = table.batch.allowed;
  const exact = useQuery({ ...countQuery(tableRef, matching, "exact"), enabled: !complete && (batches || !searched) });
  const total = complete ? loaded : exact.data?.exact ? exact.data.value : null;
  const all = useSelectAll({
    selection,
    onSelection,
    loaded,
    complete,
    countMatching: () => client.fetchQuery({ ...countQuery(tableRef, matching, "exact"), staleTime: 0 }),
  });
  const beyond = (all.count ?? 0) > MOST_AT_ONCE;
  const tooMany = beyond && !batches;
  const most = formatNumber(MOST_AT_ONCE);

  /** Why not everything that matches can be taken; undefined while that isn't known. */
  const refusal = (): string | null | undefined => {
    if (batches && complete) return null;
    if (searched && !batches) return t("explorer.allSearched");
    if (!complete && exact.isFetching && !exact.data) return undefined;
    if (total === null) return t("explorer.allUncounted", { most });
    return total > MOST_AT_ONCE && !batches ? t("explorer.allTooMany", { shown: formatNumber(total), most }) : null;
  };
  const why = refusal();
  const everything = selection.all || (complete && selection.keys.length >= loaded);

  const chosen = async (then: (doomed: Doomed) => void) => {
    if (!selection.all) return then(doomedKeys(table, selection.keys));
    const count = await all.recount();
    if (count !== null) then(doomedMatching(table, matching, selection.except ?? [], count));
  };
  const { onRestore, intoTrash, onMany, marking } = props;
  /** All that match are named by their filter, single rows by their keys. */
  const many = (verb: Many["verb"], set?: Record<string, unknown>): Many => ({
    verb,
    filter: selection.all ? matching : doomedKeys(table, selection.keys).filter,
    except: selection.except ?? [],
    count: all.count,
    ...(set ? { set } : {}),
  });
  // What one statement can't do, or can't say: the search is not part of its grammar.
  const big = batches && (beyond || (selection.all === true && searched));
  const remove = () => {
    if (!big || marking) return void chosen(props.onDelete);
    // The word is the database's own clock.
    onMany(intoTrash ? many("update", { [table.trash ?? ""]: "now" }) : many("delete"));
  };
  const restore = (then: (doomed: Doomed) => void) =>
    big ? onMany(many("update", { [table.trash ?? ""]: null })) : void chosen(then);
  const deleting = marking
    ? marking === "spare"
      ? "explorer.staged.spare"
      : intoTrash
        ? "explorer.staged.doomTrash"
        : "explorer.staged.doom"
    : intoTrash
      ? "explorer.trash.move"
      : "explorer.deleteRows";
  // Rows that nobody has read can't be looked at one by one.
  const atOnce = props.collecting && selection.all ? t("explorer.staged.atOnce") : null;
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
      note={tooMany ? t("explorer.mostAtOnce", { most }) : everything ? atOnce : (why ?? null)}
      onClear={() => onSelection(NO_SELECTION)}
    >
      {onRestore && (
        <Button
          size="xs"
          variant="default"
          leftSection={<ArchiveRestore size={14} aria-hidden />}
          disabled={tooMany}
          loading={all.counting}
          onClick={() => restore(onRestore)}
        >
          {t("explorer.trash.restore", { count: all.count ?? 0 })}
        </Button>
      )}
      <Allowed permitted={table.update.allowed ? table.batch : table.update}>
        <Button
          size="xs"
          variant="default"
          leftSection={<PencilLine size={14} aria-hidden />}
          disabled={!batches || !table.update.allowed}
          onClick={() => onMany(many("update"))}
        >
          {t("explorer.batch.change")}
        </Button>
      </Allowed>
      <Allowed permitted={table.delete}>
        <Button
          size="xs"
          variant="default"
          c={tooMany || !table.delete.allowed ? undefined : "var(--mantine-color-error)"}
          leftSection={<Trash2 size={14} aria-hidden />}
          disabled={tooMany || !table.delete.allowed}
          loading={all.counting}
          onClick={remove}
        >
          {t(deleting, { count: all.count ?? 0 })}
        </Button>
      </Allowed>
    </SelectionBar>
  );
}
