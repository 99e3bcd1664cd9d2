/** One import, one step after the other: a file, what goes where, a try, the import itself, what came of it. */
import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { refreshRows, tableQuery } from "../data";
import type { Table, TableRef } from "../model";
import { ChooseFile } from "./ChooseFile";
import { Done } from "./Done";
import { Mapping } from "./Mapping";
import { importQuery, isBusy } from "./model";
import { Working } from "./Working";

interface ImportDialogProps {
  tableRef: TableRef;
  table: Table;
  /** null before there is a file. */
  id: string | null;
  onOpen: (id: string | null) => void;
  onClose: () => void;
}

export default function ImportDialog({ tableRef, table, id, onOpen, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const narrow = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  // What was uploaded here can be read once more in another way.
  const [held, setHeld] = useState<{ id: string; file: File } | null>(null);
  const open = (made: string, file?: File) => {
    if (file) setHeld({ id: made, file });
    onOpen(made);
  };
  const query = useQuery({ ...importQuery(id ?? ""), enabled: id !== null });
  const done = query.data?.status === "done";

  // The grid behind shows what has come in.
  useEffect(() => {
    if (!done) return;
    void refreshRows(client, tableRef);
    void client.invalidateQueries(tableQuery(tableRef));
  }, [done, client, tableRef]);

  const made = query.data;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("explorer.import.title", { table: table.name })}
      size={860}
      fullScreen={narrow === true}
      closeOnClickOutside={false}
    >
      {id === null ? (
        <ChooseFile tableRef={tableRef} onOpen={open} />
      ) : query.isError ? (
        <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : !made ? (
        <FormSkeleton fields={4} />
      ) : isBusy(made) ? (
        <Working made={made} />
      ) : made.status === "done" ? (
        <Done made={made} onAnother={() => onOpen(null)} onClose={onClose} />
      ) : (
        <Mapping
          key={made.id}
          tableRef={tableRef}
          made={made}
          table={table}
          file={held?.id === made.id ? held.file : null}
          onOpen={open}
          onAnother={() => onOpen(null)}
        />
      )}
    </Modal>
  );
}
