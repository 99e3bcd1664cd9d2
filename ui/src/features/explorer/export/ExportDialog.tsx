/** One export, one step after the other: what it is to have, how far it is, the file. */
import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import type { Table } from "../model";
import { Ask } from "./Ask";
import { Ended } from "./Ended";
import { exportQuery, exportsQuery, type Wanted } from "./model";
import { Working } from "./Working";

interface ExportDialogProps extends Wanted {
  table: Table;
  /** null before it has begun. */
  id: string | null;
  onOpen: (id: string | null) => void;
  onClose: () => void;
}

export default function ExportDialog({ table, id, onOpen, onClose, ...wanted }: ExportDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const narrow = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const query = useQuery({ ...exportQuery(id ?? ""), enabled: id !== null });
  const made = query.data;
  const { tableRef } = wanted;
  const ended = made !== undefined && made.status !== "running";

  // The list of them tells the same.
  useEffect(() => {
    if (ended) void client.invalidateQueries(exportsQuery(tableRef));
  }, [ended, client, tableRef]);

  return (
    <Modal
      opened
      onClose={onClose}
      title={t("explorer.export.title", { table: table.name })}
      size={560}
      fullScreen={narrow === true}
    >
      {id === null ? (
        <Ask {...wanted} table={table} onOpen={onOpen} onClose={onClose} />
      ) : query.isError ? (
        <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : !made ? (
        <FormSkeleton fields={2} />
      ) : made.status === "running" ? (
        <Working made={made} onClose={onClose} />
      ) : (
        <Ended made={made} onAnother={() => onOpen(null)} onClose={onClose} />
      )}
    </Modal>
  );
}
