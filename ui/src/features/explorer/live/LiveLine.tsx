/** What was done last by others, and the rows that came meanwhile. */
import { UnstyledButton } from "@mantine/core";
import { ArrowUp } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { By, Said } from "./events";
import classes from "./live.module.css";
import type { Live } from "./useLive";

/** How long a sentence stays. */
const STAYS = 8000;

export function LiveLine({ live }: { live: Live }) {
  const { t } = useTranslation();
  const sentence = useFading(live.said);
  const who = (by: By): string => {
    if (by.kind === "panel") return by.name ?? t("explorer.live.by.somebody");
    if (by.kind === "database") {
      return by.login === null ? t("explorer.live.by.database") : t("explorer.live.by.login", { login: by.login });
    }
    return t("explorer.live.by.several");
  };
  const text =
    sentence &&
    (sentence.count === null
      ? t(`explorer.live.many.${sentence.verb}`, { who: who(sentence.by) })
      : t(`explorer.live.did.${sentence.verb}`, { who: who(sentence.by), count: sentence.count }));
  return (
    <div className={classes.line} role="status" aria-live="polite">
      {text && <span className={classes.said}>{text}</span>}
      {live.waiting !== 0 && (
        <UnstyledButton className={classes.pill} onClick={live.show}>
          <ArrowUp size={13} aria-hidden />
          {live.waiting === null ? t("explorer.live.manyNew") : t("explorer.live.new", { count: live.waiting })}
        </UnstyledButton>
      )}
    </div>
  );
}

function useFading(said: Said | null): Said | null {
  const [shown, setShown] = useState<Said | null>(null);
  useEffect(() => {
    setShown(said);
    if (said === null) return;
    const timer = window.setTimeout(() => setShown(null), STAYS);
    return () => window.clearTimeout(timer);
  }, [said]);
  return shown;
}
