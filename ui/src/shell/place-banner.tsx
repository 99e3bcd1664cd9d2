// Stands above every page while somebody sees tables in another's place: whose, what may be done, until when, and the
// way out. When it ends by itself the page stops rather than go on with one's own rights.
import { Button, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { VenetianMask } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { formatExact } from "~/lib/format";
import { usePlaceOver } from "~/lib/place";
import { type Impersonation, sessionQuery } from "~/lib/session";
import { toastProblem } from "~/lib/toast";
import { Banner } from "~/primitives/banner";

/** Everything read so far was read in the other place: the page begins anew. */
const anew = () => window.location.reload();

export function PlaceBanner({ place }: { place: Impersonation | null }) {
  const over = usePlaceOver();
  return (
    <>
      {place && !over && <Lasting key={place.id} place={place} />}
      {over && <Over />}
    </>
  );
}

function Lasting({ place }: { place: Impersonation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const left = Math.max(0, new Date(place.expires_at).getTime() - Date.now());
    const timer = setTimeout(() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }), left + 500);
    return () => clearTimeout(timer);
  }, [place.expires_at, client]);

  const stop = async () => {
    setBusy(true);
    try {
      await api.delete("/impersonation");
      anew();
    } catch (error) {
      setBusy(false);
      toastProblem(error, t("place.stopFailed"));
    }
  };
  return (
    <Banner
      label={t("place.banner")}
      icon={VenetianMask}
      reason={place.reason}
      above={place.kind === "service"}
      stop={t("place.stop")}
      busy={busy}
      onStop={() => void stop()}
    >
      <strong>{t(`place.as.${place.kind}`, { by: place.by, name: place.name })}</strong>{" "}
      {t(place.read_only ? "place.looking" : "place.writing")}{" "}
      <time dateTime={place.expires_at}>{t("place.until", { time: formatExact(place.expires_at) })}</time>
    </Banner>
  );
}

function Over() {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={anew}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t("place.over")}
      size={420}
    >
      <Stack gap={16}>
        <Text fz={13}>{t("place.overText")}</Text>
        <Button onClick={anew} data-autofocus>
          {t("place.goOn")}
        </Button>
      </Stack>
    </Modal>
  );
}
