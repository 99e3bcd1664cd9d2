/** A run that could read sensitive columns: nothing of it was done until somebody says why. */
import { Button } from "@mantine/core";
import { Eye, EyeOff } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "~/lib/problem";
import { reveal } from "~/lib/reveal";
import { useCan } from "~/lib/session";
import { StateBlock } from "~/primitives/states";

const RevealDialog = lazy(() => import("./RevealDialog"));

export function SensitiveSql({ source, problem, onAgain }: { source: string; problem: Problem; onAgain: () => void }) {
  const { t } = useTranslation();
  const may = useCan("rows:reveal");
  const [asking, setAsking] = useState(false);
  return (
    <>
      <StateBlock
        icon={<EyeOff size={20} aria-hidden />}
        title={t("explorer.masking.sqlTitle")}
        action={
          may && (
            <Button leftSection={<Eye size={14} aria-hidden />} onClick={() => setAsking(true)}>
              {t("explorer.masking.sqlButton")}
            </Button>
          )
        }
      >
        {may ? t("explorer.masking.sqlText") : problem.detail}
      </StateBlock>
      {asking && (
        <Suspense>
          <RevealDialog
            what={t("explorer.masking.whatSql")}
            onClose={() => setAsking(false)}
            onReveal={async (reason) => {
              reveal({ source }, reason);
              onAgain();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
