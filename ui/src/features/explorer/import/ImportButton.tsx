/** Opens the dialog for bringing rows in; says why where somebody may not. The address knows that it is open. */
import { Button } from "@mantine/core";
import { Upload } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useAddress } from "~/kit/resource/address";
import type { Table, TableRef } from "../model";
import { Allowed } from "../table/TablePage";

const ImportDialog = lazy(() => import("./ImportDialog"));

export function ImportButton({ tableRef, table }: { tableRef: TableRef; table: Table }) {
  const { t } = useTranslation();
  const address = useAddress();
  const open = address.get("import");
  return (
    <>
      <Allowed permitted={table.import}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Upload size={14} aria-hidden />}
          disabled={!table.import.allowed}
          onClick={() => address.set({ import: "new" }, false)}
        >
          {t("explorer.import.button")}
        </Button>
      </Allowed>
      {open !== undefined && table.import.allowed && (
        <Suspense>
          <ImportDialog
            tableRef={tableRef}
            table={table}
            id={open === "new" ? null : open}
            onOpen={(id) => address.set({ import: id ?? "new" }, true)}
            onClose={() => address.set({ import: undefined }, true)}
          />
        </Suspense>
      )}
    </>
  );
}
