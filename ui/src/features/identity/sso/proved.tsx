// Where a proof at a provider ends: in a window of its own, which tells the page that waits and closes.
import { Button } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { AuthFrame } from "../auth-frame";
import { PROVED } from "./data";
import { SsoOutcome } from "./outcome";

export function ProvedPage() {
  const { t } = useTranslation();
  const { sso, provider } = useSearch({ from: "/auth/proved" });
  useEffect(() => {
    if (sso) return;
    const channel = new BroadcastChannel(PROVED);
    channel.postMessage("proved");
    channel.close();
    window.close();
  }, [sso]);
  return (
    <AuthFrame title={t(sso ? "sso.notProved" : "sso.proved")} description={t("sso.provedText")}>
      <SsoOutcome reason={sso} provider={provider} />
      <Button variant="default" onClick={() => window.close()}>
        {t("sso.close")}
      </Button>
    </AuthFrame>
  );
}
