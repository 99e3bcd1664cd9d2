/** Everything that was said, in its order: what each statement did, notices, and what went wrong. */
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import type { Problem } from "~/lib/problem";
import classes from "./console.module.css";
import type { Run } from "./frames";
import { duration, FaultNotice } from "./Results";

interface MessagesProps {
  run: Run;
  problem: Problem | null;
  onGo: (line: number, column: number) => void;
}

export function Messages({ run, problem, onGo }: MessagesProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.messages}>
      {run.results.map((result, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a statement is known by its place in the text
        <section key={i}>
          <button type="button" className={classes.sql} onClick={() => onGo(result.line, result.column)}>
            {result.sql}
          </button>
          {result.notices.map((notice, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two notices may be alike, and none is ever removed
            <div key={n} className={classes.notice} data-severity={notice.severity}>
              <strong>{notice.severity}</strong> {notice.message}
              {notice.detail && <div>{notice.detail}</div>}
              {notice.hint && (
                <div>
                  {t("explorer.sql.hintWord")}: {notice.hint}
                </div>
              )}
            </div>
          ))}
          {result.done && (
            <div className={classes.said}>
              {result.done.command || t("explorer.sql.nothingDone")}
              {result.done.rows !== null && ` ${formatNumber(result.done.rows)}`} · {duration(result.done.milliseconds)}
            </div>
          )}
        </section>
      ))}
      {run.fault && <FaultNotice fault={run.fault} onGo={onGo} />}
      {problem && <div className={classes.said}>{problem.detail ?? problem.title}</div>}
    </div>
  );
}
