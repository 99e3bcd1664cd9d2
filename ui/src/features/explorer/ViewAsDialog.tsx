/** Seeing all tables in somebody's place: as whom, why, and for how long. */
import { Select, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { PlaceForm, type Wanted } from "./places/PlaceForm";

const MINUTES = [15, 30, 60];

export default function ViewAsDialog({ source, onClose }: { source: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [minutes, setMinutes] = useState("15");
  const [writing, setWriting] = useState(false);
  const begin = async (wanted: Wanted) => {
    await api.post("/impersonations/begin", { ...wanted, minutes: Number(minutes), read_only: !writing });
    // Everything read so far was read with one's own rights: the page begins anew.
    window.location.reload();
  };
  return (
    <PlaceForm
      source={source}
      title={t("explorer.viewAs.title")}
      text={t("explorer.viewAs.text")}
      question={t("explorer.viewAs.kind")}
      verb={t("explorer.viewAs.begin")}
      begin={begin}
      onClose={onClose}
    >
      <Select
        label={t("explorer.viewAs.minutes")}
        data={MINUTES.map((count) => ({ value: String(count), label: t("explorer.viewAs.count", { count }) }))}
        value={minutes}
        onChange={(next) => setMinutes(next ?? "15")}
        allowDeselect={false}
      />
      <Switch
        label={t("explorer.viewAs.write")}
        description={t("explorer.viewAs.writeHelp")}
        checked={writing}
        onChange={(e) => setWriting(e.currentTarget.checked)}
      />
    </PlaceForm>
  );
}
