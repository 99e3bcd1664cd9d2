/** Files that one uploaded for this table: some wait, some are over. */
import { useTranslation } from "react-i18next";
import { RelativeTime } from "~/primitives/relative-time";
import { EarlierList } from "../errands/EarlierList";
import { importsKey, isBusy, type RowImport } from "./model";

const COLOURS = {
  new: "gray",
  checking: "blue",
  running: "blue",
  done: "green",
  failed: "red",
  cancelled: "gray",
} as const;

export function Earlier({ imports, onOpen }: { imports: readonly RowImport[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const errands = imports.map((made) => ({
    id: made.id,
    name: made.name,
    rows: made.rows,
    state: t(`explorer.import.status.${made.status}`),
    colour: COLOURS[made.status],
    when: <RelativeTime value={made.created_at} />,
    busy: isBusy(made),
  }));
  return (
    <EarlierList
      heading={t("explorer.import.earlier")}
      errands={errands}
      path="/row-imports"
      queryKey={importsKey}
      onOpen={onOpen}
    />
  );
}
