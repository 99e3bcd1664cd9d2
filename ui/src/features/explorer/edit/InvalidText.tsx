import { useTranslation } from "react-i18next";
import classes from "./edit.module.css";

/** What is wrong with a typed value, in words. */
export function InvalidText({ code, params }: { code: string; params?: Record<string, string | number> }) {
  const { t } = useTranslation();
  return (
    <div className={classes.error} role="alert">
      {t(`explorer.invalid.${code}`, params)}
    </div>
  );
}
