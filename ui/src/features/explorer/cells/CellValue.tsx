/** A stored value on one line. NULL, '' and cut values look different from any text. */
import { Check, Lock, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "~/lib/format";
import { toldReason } from "~/lib/refusals/told";
import type { Column } from "../model";
import { isShortened } from "../model";
import classes from "./cells.module.css";
import { cellText, cellTitle } from "./text";

export function CellValue({ value, column }: { value: unknown; column: Column }) {
  if (!column.readable) return <HiddenMark reason={toldReason(column.hidden_reason) ?? null} />;
  if (value === null) return <NullMark />;
  if (value === undefined) return null;
  if (value === "") return <NothingMark text="explorer.emptyText" />;
  if (isShortened(value)) {
    return (
      <span className={classes.short} data-mono={MONO.has(column.category) || undefined}>
        <span className={classes.cut}>{value.$short}</span>
        <span className={classes.size}>{formatBytes(value.$size)}</span>
      </span>
    );
  }
  const text = cellText(value, column);
  const title = cellTitle(value, column);
  switch (column.category) {
    case "bool":
      return <BoolMark value={value === true} />;
    case "enum":
      return <span className={classes.enum}>{text}</span>;
    case "array":
      return Array.isArray(value) && value.length === 0 ? (
        <NothingMark text="explorer.emptyList" />
      ) : (
        <span title={title}>{text}</span>
      );
    default:
      return (
        <span title={title} className={MONO.has(column.category) ? classes.mono : undefined}>
          {text}
        </span>
      );
  }
}

const MONO: ReadonlySet<Column["category"]> = new Set(["json", "uuid", "bytea", "range", "network", "other"]);

// What needs words is a piece of its own: most cells have none, and there are hundreds of them in each frame of scrolling.

function HiddenMark({ reason }: { reason: string | null }) {
  const { t } = useTranslation();
  return (
    <span className={classes.hidden} title={reason ?? undefined}>
      <Lock size={11} aria-hidden /> {t("explorer.hidden")}
    </span>
  );
}

function NothingMark({ text }: { text: "explorer.emptyText" | "explorer.emptyList" }) {
  const { t } = useTranslation();
  return <span className={classes.nothing}>{t(text)}</span>;
}

function BoolMark({ value }: { value: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={classes.bool} data-true={value || undefined}>
      {value ? <Check size={13} aria-hidden /> : <X size={13} aria-hidden />}
      {t(value ? "explorer.true" : "explorer.false")}
    </span>
  );
}

/** Nothing is said about it in a new row: the database gives it. */
export function LeftToDatabase() {
  const { t } = useTranslation();
  return <span className={classes.nothing}>{t("explorer.staged.default")}</span>;
}

/** NULL: there is no value; never to be mistaken for an empty text or the word. */
export function NullMark() {
  const { t } = useTranslation();
  return <span className={classes.null}>{t("explorer.null")}</span>;
}
