// Who really sits there, while staff look at the platform in somebody's name.
import { VenetianMask } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { formatExact } from "~/lib/format";
import type { Impersonation } from "~/lib/session";
import { toastProblem } from "~/lib/toast";
import { Banner } from "~/primitives/banner";

export function ActingBanner({ acting, name }: { acting: Impersonation; name: string }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const over = async () => {
    setBusy(true);
    try {
      await api.delete("/impersonation");
      window.location.replace("/admin/users");
    } catch (error) {
      setBusy(false);
      toastProblem(error, t("portal.stopFailed"));
    }
  };
  return (
    <Banner
      label={t("portal.acting", { by: acting.by, name })}
      icon={VenetianMask}
      reason={acting.reason}
      stop={t("portal.stop")}
      busy={busy}
      onStop={() => void over()}
    >
      <strong>{t("portal.acting", { by: acting.by, name })}</strong>{" "}
      {acting.read_only ? t("portal.looking") : t("portal.changing")}{" "}
      <time dateTime={acting.expires_at}>{t("portal.until", { time: formatExact(acting.expires_at) })}</time>
    </Banner>
  );
}
