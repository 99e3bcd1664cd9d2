// Stands above every page while somebody has more rights than usual: which, for how long, and the way to give them back.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldPlus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { type ActiveElevation, elevationsQuery, rightsChanged } from "~/lib/elevations";
import { formatExact } from "~/lib/format";
import { toastDone, toastProblem } from "~/lib/toast";
import { Banner } from "~/primitives/banner";

export function ElevationBanner() {
  const client = useQueryClient();
  const query = useQuery(elevationsQuery);
  const active = query.data?.active ?? [];
  const known = useRef<string | null>(null);
  const ids = query.data ? active.map((one) => one.id).join() : null;

  // Granted or ended elsewhere: buttons and pages follow.
  useEffect(() => {
    if (ids === null) return;
    if (known.current !== null && known.current !== ids) void rightsChanged(client);
    known.current = ids;
  }, [ids, client]);

  return active.map((one) => <Lasting key={one.id} elevation={one} />);
}

function Lasting({ elevation }: { elevation: ActiveElevation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [now, setNow] = useState(() => Date.now());
  const [busy, setBusy] = useState(false);
  const left = new Date(elevation.until).getTime() - now;
  const over = left <= 0;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (over) void rightsChanged(client);
  }, [over, client]);

  const end = async () => {
    setBusy(true);
    try {
      await api.post(`/elevations/${elevation.id}/revoke`, {});
      toastDone(t("elevation.endedToast"));
    } catch (error) {
      toastProblem(error, t("elevation.endFailed"));
    } finally {
      setBusy(false);
      await rightsChanged(client);
    }
  };
  if (over) return null;
  const minutes = Math.max(1, Math.ceil(left / 60_000));
  const time =
    minutes < 60
      ? t("elevation.minutes", { count: minutes })
      : t("elevation.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return (
    <Banner
      label={t("elevation.banner")}
      icon={ShieldPlus}
      reason={elevation.reason}
      stop={t("elevation.end")}
      busy={busy}
      onStop={() => void end()}
    >
      <strong>{t("elevation.now", { role: elevation.role })}</strong>{" "}
      <time dateTime={elevation.until} title={formatExact(elevation.until)}>
        {t("elevation.left", { time })}
      </time>
      {elevation.asks && `. ${t(`elevation.asksFirst.${elevation.asks}`)}`}
    </Banner>
  );
}
