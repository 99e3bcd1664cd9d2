/** Asks why somebody sees a row, or what their policies are for all rows of a table. */
import { ActionIcon, Button } from "@mantine/core";
import { CircleHelp } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TableRef } from "../model";
import { OWN } from "./places";

const Explain = lazy(async () => ({ default: (await import("./ExplainDrawer")).ExplainDrawer }));

interface ExplainButtonProps {
  tableRef: TableRef;
  /** The key of a row, or every row. */
  row: string[] | null;
}

export function ExplainButton({ tableRef, row }: ExplainButtonProps) {
  const { t } = useTranslation();
  const [place, setPlace] = useState<string | null>(null);
  const icon = <CircleHelp size={14} aria-hidden />;
  return (
    <>
      {row ? (
        <ActionIcon
          size={28}
          variant="subtle"
          color="gray"
          aria-label={t("places.explain.row")}
          title={t("places.explain.row")}
          onClick={() => setPlace(OWN)}
        >
          {icon}
        </ActionIcon>
      ) : (
        <Button size="compact-xs" variant="subtle" leftSection={icon} onClick={() => setPlace(OWN)}>
          {t("places.explain.open")}
        </Button>
      )}
      {place !== null && (
        <Suspense>
          <Explain tableRef={tableRef} place={place} row={row} onPlace={setPlace} onClose={() => setPlace(null)} />
        </Suspense>
      )}
    </>
  );
}
