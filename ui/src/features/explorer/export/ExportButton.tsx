/** Opens the dialog for taking rows away; says why where somebody may not. The address knows that it is open. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useAddress } from "~/kit/resource/address";
import { formatCount, formatNumber } from "~/lib/format";
import type { Table, TableRef } from "../model";
import { RunningNotice } from "../RunningNotice";
import { Allowed } from "../table/TablePage";
import { exportsQuery, type Wanted } from "./model";

const ExportDialog = lazy(() => import("./ExportDialog"));

export function ExportButton({ table, ...wanted }: Wanted & { table: Table }) {
  const { t } = useTranslation();
  const address = useAddress();
  const open = address.get("export");
  return (
    <>
      <Allowed permitted={table.export}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Download size={14} aria-hidden />}
          disabled={!table.export.allowed}
          onClick={() => address.set({ export: "new" }, false)}
        >
          {t("explorer.export.button")}
        </Button>
      </Allowed>
      {open !== undefined && table.export.allowed && (
        <Suspense>
          <ExportDialog
            {...wanted}
            table={table}
            id={open === "new" ? null : open}
            onOpen={(id) => address.set({ export: id ?? "new" }, true)}
            onClose={() => address.set({ export: undefined }, true)}
          />
        </Suspense>
      )}
    </>
  );
}

/** An export of this table that is being made, wherever it was begun. */
export function ExportNotice({ tableRef, table }: { tableRef: TableRef; table: Table }) {
  const { t } = useTranslation();
  const address = useAddress();
  const made = useQuery({ ...exportsQuery(tableRef), enabled: table.export.allowed });
  const running = made.data?.find((one) => one.status === "running");
  if (!running || address.get("export") !== undefined) return null;
  return (
    <RunningNotice
      icon={Download}
      text={t("explorer.export.notice", {
        name: running.name,
        done: formatNumber(running.rows),
        all: formatCount(running.expected, true),
      })}
      percent={running.percent}
      onOpen={() => address.set({ export: running.id }, false)}
    />
  );
}
