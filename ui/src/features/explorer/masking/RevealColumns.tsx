/** The sensitive columns of a table: a button that asks why one needs to see them, and a line for as long as they are shown. */
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Eye, EyeOff } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { conceal, reveal, useRevealed } from "~/lib/reveal";
import { rowsKey, selectOf, tablePath, tableQuery } from "../data";
import type { Table, TableRef } from "../model";
import { Allowed } from "../table/TablePage";
import classes from "../table/table.module.css";

const RevealDialog = lazy(() => import("./RevealDialog"));

interface Props {
  tableRef: TableRef;
  table: Table;
}

const namesOf = (table: Table) => table.columns.filter((column) => column.sensitive).map((column) => column.name);

/** Reads the table again, and then forgets rows that were read with other columns than it has now. */
function useReadAgain(tableRef: TableRef) {
  const client = useQueryClient();
  return async () => {
    const query = tableQuery(tableRef);
    await client.refetchQueries(query);
    const select = JSON.stringify(selectOf(client.getQueryData(query.queryKey)?.columns ?? []));
    client.removeQueries({
      queryKey: rowsKey(tableRef),
      predicate: ({ queryKey }) => JSON.stringify(queryKey.at(-1)) !== select,
    });
  };
}

export function RevealButton({ tableRef, table }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const on = useRevealed(tableRef) !== null;
  const again = useReadAgain(tableRef);
  const names = namesOf(table);
  if (names.length === 0 || on) return null;
  return (
    <>
      <Allowed permitted={table.reveal}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Eye size={14} aria-hidden />}
          disabled={!table.reveal.allowed}
          onClick={() => setAsking(true)}
        >
          {t("explorer.masking.button")}
        </Button>
      </Allowed>
      {asking && (
        <Suspense>
          <RevealDialog
            what={t("explorer.masking.what", { count: names.length, columns: names.join(", ") })}
            onClose={() => setAsking(false)}
            onReveal={async (reason) => {
              reveal(tableRef, reason, () => void again());
              try {
                await api.get(tablePath(tableRef));
              } catch (error) {
                conceal(tableRef);
                throw error;
              }
              await again();
            }}
          />
        </Suspense>
      )}
    </>
  );
}

export function RevealedNotice({ tableRef }: { tableRef: TableRef }) {
  const { t } = useTranslation();
  const reason = useRevealed(tableRef);
  const again = useReadAgain(tableRef);
  if (reason === null) return null;
  return (
    <div className={classes.notice} role="status">
      <Eye size={14} aria-hidden style={{ flex: "none" }} />
      {t("explorer.masking.shown", { reason })}
      <Button
        size="compact-xs"
        style={{ flex: "none" }}
        variant="subtle"
        leftSection={<EyeOff size={12} aria-hidden />}
        onClick={() => {
          conceal(tableRef);
          void again();
        }}
      >
        {t("explorer.masking.hide")}
      </Button>
    </div>
  );
}
