/** Many rows at once, one step after the other: what is to become of them, a look at it, the work, what came of it. */
import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { refreshRows } from "../data";
import type { Table, TableRef } from "../model";
import { Ask } from "./Ask";
import { Ended } from "./Ended";
import { batchesQuery, batchQuery, isOpen, type Many } from "./model";
import { Working } from "./Working";

interface BatchDialogProps {
  tableRef: TableRef;
  table: Table;
  /** What is to be done; null once it has begun. */
  many: Many | null;
  /** null before it has begun. */
  id: string | null;
  onOpen: (id: string) => void;
  onClose: () => void;
}

export default function BatchDialog({ tableRef, table, many, id, onOpen, onClose }: BatchDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const narrow = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const query = useQuery({ ...batchQuery(id ?? ""), enabled: id !== null });
  const batch = query.data;
  const ended = batch !== undefined && !isOpen(batch);

  // The grid behind shows what has become of its rows.
  useEffect(() => {
    if (!ended) return;
    void refreshRows(client, tableRef);
    void client.invalidateQueries(batchesQuery(tableRef));
  }, [ended, client, tableRef]);

  const verb = batch?.verb ?? many?.verb ?? "update";
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`explorer.batch.title.${verb}`, { table: table.name })}
      size={720}
      fullScreen={narrow === true}
      closeOnClickOutside={false}
      zIndex={350}
    >
      {id === null ? (
        many && <Ask tableRef={tableRef} table={table} many={many} onBegun={onOpen} onClose={onClose} />
      ) : query.isError ? (
        <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : !batch ? (
        <FormSkeleton fields={3} />
      ) : isOpen(batch) ? (
        <Working batch={batch} onClose={onClose} />
      ) : (
        <Ended batch={batch} onOpen={onOpen} onClose={onClose} />
      )}
    </Modal>
  );
}
