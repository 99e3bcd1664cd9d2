// A list of single lines in a frame: what happened, what needs somebody. Lines may be links; their class is `line`.
import type { ReactNode } from "react";
import classes from "./framed-list.module.css";

export function FramedList({ label, children }: { label?: string; children: ReactNode }) {
  return (
    <ul className={classes.frame} aria-label={label}>
      {children}
    </ul>
  );
}

/** What a line, or the link that it is, looks like: the words on the left, cut where they end; one thing on the right. */
export const framedLine = classes.line ?? "";

/** When something happened, at the end of its line. */
export function LineTime({ children }: { children: ReactNode }) {
  return <span className={classes.time}>{children}</span>;
}
