/** Opens the dialog for taking rows away; says why where somebody may not. */
import { Button } from "@mantine/core";
import { Download } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ExportDialogProps } from "./ExportDialog";
import { Allowed } from "./TablePage";

const ExportDialog = lazy(() => import("./ExportDialog"));

export function ExportButton(props: Omit<ExportDialogProps, "onClose">) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const permitted = props.table.export;
  return (
    <>
      <Allowed permitted={permitted}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Download size={14} aria-hidden />}
          disabled={!permitted.allowed}
          onClick={() => setOpen(true)}
        >
          {t("explorer.export.button")}
        </Button>
      </Allowed>
      {open && (
        <Suspense>
          <ExportDialog {...props} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
