/** What else happens to rows of other tables when rows are deleted, or what stands in the way. */
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import type { ReferenceCount } from "../model";
import classes from "./row.module.css";

/** Whether rows that point here don't let theirs go. */
export function isInTheWay(one: ReferenceCount): boolean {
  return one.on_delete === "restrict" || one.on_delete === "no_action";
}

export function Effects({ counts }: { counts: readonly ReferenceCount[] }) {
  const touched = counts.filter((one) => one.count !== 0);
  if (touched.length === 0) return null;
  return (
    <ul className={classes.effects}>
      {touched.map((one) => (
        <Effect key={`${one.schema}.${one.table}.${one.constraint}`} one={one} />
      ))}
    </ul>
  );
}

function Effect({ one }: { one: ReferenceCount }) {
  const { t } = useTranslation();
  if (one.count === null) {
    return (
      <li>
        <strong>
          {one.schema}.{one.table}
        </strong>
        : {t("explorer.effect.unknown")}
      </li>
    );
  }
  const count = formatNumber(one.count) + (one.capped ? "+" : "");
  return (
    <li data-bad={isInTheWay(one) || undefined}>
      <strong>
        {one.schema}.{one.table}
      </strong>
      : {t(`explorer.effect.${one.on_delete}`, { rows: count, columns: one.columns.join(", ") })}
    </li>
  );
}
