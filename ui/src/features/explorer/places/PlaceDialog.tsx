/** A place that is taken beside one's own, to compare or to explain: for a quarter of an hour, looking only. */
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { PlaceForm, type Wanted } from "./PlaceForm";
import { addPlace } from "./places";

interface PlaceDialogProps {
  source: string;
  /** Said for the place before, so that it need not be said twice. */
  reason: string;
  onTaken: (id: string, reason: string) => void;
  onClose: () => void;
}

export function PlaceDialog({ source, reason, onTaken, onClose }: PlaceDialogProps) {
  const { t } = useTranslation();
  const begin = async (wanted: Wanted) => {
    const { kind, user_id: user } = wanted;
    const body = { ...wanted, comparing: true };
    const { data } = await api.post<{ impersonation_id: string; expires_at: string }>("/impersonations/begin", body);
    const known = user && (await api.get<{ name: string | null; email: string }>(`/users/${user}`).catch(() => null));
    const label = (known && (known.data.name || known.data.email)) || "";
    addPlace({ id: data.impersonation_id, kind, label, until: data.expires_at });
    onTaken(data.impersonation_id, wanted.reason);
  };
  return (
    <PlaceForm
      source={source}
      title={t("places.choose")}
      text={t("places.text")}
      question={t("places.whose")}
      verb={t("places.look")}
      reason={reason}
      begin={begin}
      onClose={onClose}
    />
  );
}
