import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { NullValue } from "./null-value";
import classes from "./value-diff.module.css";

export interface Change {
  key: string;
  label: string;
  /** null: there was, or is, nothing. */
  before: ReactNode | null;
  after: ReactNode | null;
}

/** Before → after, field by field. Colour is repeated by the column and a sign. */
export function ValueDiff({ changes }: { changes: Change[] }) {
  const { t } = useTranslation();
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t("primitives.field")}</th>
            <th scope="col">{t("primitives.before")}</th>
            <th scope="col">{t("primitives.after")}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.key}>
              <th scope="row">{change.label}</th>
              <td className={change.before === null ? undefined : classes.before}>{change.before ?? <NullValue />}</td>
              <td className={change.after === null ? undefined : classes.after}>{change.after ?? <NullValue />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
