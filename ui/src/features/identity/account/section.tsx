// What the pages of one's own account are made of: a heading with a box of lines, and buttons that say why not.
import { Button, type ButtonProps, Text, Title, Tooltip } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { toProblem } from "~/lib/problem";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import classes from "./account.module.css";

interface SectionProps {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Section({ title, text, action, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <div className={classes.head}>
        <div className={classes.words}>
          <Title order={2} fz={15}>
            {title}
          </Title>
          {text && (
            <Text fz={13} c="dimmed" component="div">
              {text}
            </Text>
          )}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}

/** Lines, or what stands there when there are none. */
export function Lines({ none, label, children }: { none: string; label: string; children: ReactNode[] }) {
  if (children.length === 0) return <div className={classes.none}>{none}</div>;
  return (
    <ul className={classes.box} aria-label={label}>
      {children}
    </ul>
  );
}

interface LineProps {
  icon: ReactNode;
  title: ReactNode;
  badge?: ReactNode;
  notes?: readonly ReactNode[];
  actions?: ReactNode;
  /** On a narrow screen the actions stand below, because they are wide themselves. */
  below?: boolean;
}

export function Line({ icon, title, badge, notes = [], actions, below = false }: LineProps) {
  return (
    <li className={classes.line} data-below={below || undefined}>
      <span className={classes.face} aria-hidden>
        {icon}
      </span>
      <div className={classes.text}>
        <div className={classes.title}>
          <span>{title}</span>
          {badge}
        </div>
        {notes.map((note, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the notes of a line have fixed places
          <div key={at} className={classes.note}>
            {note}
          </div>
        ))}
      </div>
      {actions && <div className={classes.acts}>{actions}</div>}
    </li>
  );
}

interface ReasonedProps extends ButtonProps {
  /** Why it can't be pressed now. */
  reason: string | null;
  onClick: () => void;
  children: ReactNode;
}

/** A button that stays in its place when it can't be pressed, and says why. */
export function Reasoned({ reason, onClick, children, ...button }: ReasonedProps) {
  return (
    <Tooltip label={reason} disabled={reason === null} multiline maw={280}>
      <Button
        variant="default"
        {...button}
        data-disabled={reason !== null || undefined}
        aria-disabled={reason !== null}
        onClick={() => reason === null && onClick()}
      >
        {children}
      </Button>
    </Tooltip>
  );
}

/** The page once its data is there; before, its shape, or why it isn't. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.isPending) return <ListSkeleton rows={4} columns={2} />;
  if (query.data === undefined) return <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />;
  return children(query.data);
}
