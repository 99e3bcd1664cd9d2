/** One's last exports of this table or of all: some are being made, some can be taken, some are over. */
import { ActionIcon } from "@mantine/core";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "~/lib/format";
import { RelativeTime } from "~/primitives/relative-time";
import { EarlierList, type Errand } from "../errands/EarlierList";
import { exportsKey, fileOf, type RowExport } from "./model";

const COLOURS = { running: "blue", done: "green", failed: "red", cancelled: "gray", expired: "gray" } as const;

interface EarlierProps {
  made: readonly RowExport[];
  /** Whether other tables' are among them. */
  ofAll: boolean;
  onOpen: (id: string) => void;
}

export function Earlier({ made, ofAll, onOpen }: EarlierProps) {
  const { t } = useTranslation();
  const errands = made.map((one): Errand => {
    const done = one.status === "done";
    return {
      id: one.id,
      name: one.name,
      title: ofAll ? `${one.source} · ${one.schema}.${one.name}` : one.name,
      rows: one.rows,
      size: done ? formatBytes(Number(one.bytes)) : undefined,
      state: t(`explorer.export.status.${one.status}`),
      colour: COLOURS[one.status],
      when:
        done && one.expires_at !== null ? (
          <>
            {t("explorer.export.until")} <RelativeTime value={one.expires_at} />
          </>
        ) : (
          <RelativeTime value={one.created_at} />
        ),
      busy: one.status === "running",
      action: done && (
        <ActionIcon
          component="a"
          variant="subtle"
          href={fileOf(one)}
          download={one.name}
          aria-label={t("explorer.export.downloadOf", { name: one.name })}
        >
          <Download size={14} aria-hidden />
        </ActionIcon>
      ),
    };
  });
  return (
    <EarlierList
      heading={t(ofAll ? "explorer.export.earlierOfAll" : "explorer.export.earlier")}
      errands={errands}
      path="/row-exports"
      queryKey={exportsKey}
      onOpen={onOpen}
    />
  );
}
