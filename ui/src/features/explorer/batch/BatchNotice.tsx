/** The batch of this table that runs or waits, wherever it was begun; and the dialog, whose address survives a reload. */
import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useAddress } from "~/kit/resource/address";
import { formatNumber } from "~/lib/format";
import type { Table, TableRef } from "../model";
import { RunningNotice } from "../RunningNotice";
import { batchesQuery, isOpen, type Many } from "./model";

const BatchDialog = lazy(() => import("./BatchDialog"));

interface BatchNoticeProps {
  tableRef: TableRef;
  table: Table;
  /** What is about to be asked for. */
  many: Many | null;
  /** It has begun, or is not wanted any more. */
  onAsked: (begun: boolean) => void;
}

export function BatchNotice({ tableRef, table, many, onAsked }: BatchNoticeProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const id = address.get("batch");
  const batches = useQuery({ ...batchesQuery(tableRef), enabled: table.batch.allowed });
  const running = batches.data?.find(isOpen);
  return (
    <>
      {running && id === undefined && (
        <RunningNotice
          icon={Layers}
          text={t(running.status === "paused" ? "explorer.batch.notice.paused" : "explorer.batch.notice.running", {
            done: formatNumber(running.changed + running.skipped),
            all: formatNumber(running.expected),
          })}
          percent={running.percent}
          onOpen={() => address.set({ batch: running.id }, false)}
        />
      )}
      {(many !== null || id !== undefined) && table.batch.allowed && (
        <Suspense>
          <BatchDialog
            tableRef={tableRef}
            table={table}
            many={many}
            id={id ?? null}
            onOpen={(next) => {
              address.set({ batch: next }, true);
              onAsked(true);
            }}
            onClose={() => {
              onAsked(false);
              address.set({ batch: undefined }, true);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
