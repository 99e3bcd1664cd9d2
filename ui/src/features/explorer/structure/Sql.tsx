/** Statements to read, coloured. */
import { CopyButton } from "~/primitives/copy-button";
import classes from "./sql.module.css";
import { wordsOf } from "./sql-words";

export function Sql({ sql, label }: { sql: string; label?: string }) {
  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className={classes.sql} tabIndex={0}>
        <code>
          {wordsOf(sql).map((word, place) =>
            word.kind === "plain" ? (
              word.text
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: words of one text, which have no other name
              <span key={place} data-kind={word.kind}>
                {word.text}
              </span>
            ),
          )}
        </code>
      </pre>
      <div className={classes.copy}>
        <CopyButton value={sql} label={label} />
      </div>
    </div>
  );
}
