/** Queries to be found and opened again: those that were saved, and what was run before. */
import { Drawer, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PastRuns } from "./PastRuns";
import { SavedQueries } from "./SavedQueries";
import type { Tab } from "./tabs";

interface QueriesDrawerProps {
  onClose: () => void;
  onOpen: (tab: Partial<Tab>) => void;
}

const SHELVES = ["saved", "history"] as const;

export default function QueriesDrawer({ onClose, onOpen }: QueriesDrawerProps) {
  const { t } = useTranslation();
  const [shelf, setShelf] = useState<(typeof SHELVES)[number]>("saved");
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 250);
  return (
    <Drawer opened onClose={onClose} position="right" size="min(560px, 100vw)" title={t("explorer.sql.queries.title")}>
      <SegmentedControl
        fullWidth
        size="xs"
        mb={10}
        aria-label={t("explorer.sql.queries.which")}
        data={SHELVES.map((value) => ({ value, label: t(`explorer.sql.queries.${value}`) }))}
        value={shelf}
        onChange={(next) => setShelf(next as typeof shelf)}
      />
      <TextInput
        data-autofocus
        leftSection={<Search size={14} />}
        placeholder={t(`explorer.sql.queries.find.${shelf}`)}
        aria-label={t(`explorer.sql.queries.find.${shelf}`)}
        value={text}
        onChange={(e) => setText(e.currentTarget.value)}
        mb={12}
      />
      {shelf === "saved" ? (
        <SavedQueries search={search} onOpen={onOpen} />
      ) : (
        <PastRuns search={search} onOpen={onOpen} />
      )}
    </Drawer>
  );
}
