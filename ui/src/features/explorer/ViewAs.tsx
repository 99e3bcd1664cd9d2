/** Sees the tables of a source in somebody's place: the button, and what is asked before it begins. */
import { Button } from "@mantine/core";
import { VenetianMask } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan, useSession } from "~/lib/session";

const Dialog = lazy(() => import("./ViewAsDialog"));

export function ViewAsButton({ source }: { source: string }) {
  const { t } = useTranslation();
  const can = useCan("impersonations:begin");
  const on = Boolean(useSession().impersonation);
  const [asking, setAsking] = useState(false);
  const reason = on ? t("explorer.viewAs.on") : can ? undefined : t("explorer.viewAs.may");
  return (
    <>
      <span title={reason}>
        <Button
          size="xs"
          variant="default"
          leftSection={<VenetianMask size={14} aria-hidden />}
          disabled={reason !== undefined}
          onClick={() => setAsking(true)}
        >
          {t("explorer.viewAs.button")}
        </Button>
      </span>
      {asking && (
        <Suspense>
          <Dialog source={source} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  );
}
