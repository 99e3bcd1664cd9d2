/** A row's fields as a form, for new rows and for stored ones: every column with its editor, and what was refused. */
import { Alert, Group } from "@mantine/core";
import type { KeyboardEvent, ReactNode, RefObject } from "react";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import type { Asked } from "~/kit/copy-as/copy-as";
import type { Problem } from "~/lib/problem";
import { foreignKeyOf } from "../cells/foreign";
import type { Column, Table } from "../model";
import { FieldRow } from "./FieldRow";
import type { Drafts, FormProblem } from "./form";
import classes from "./row.module.css";

interface RowFormProps {
  source: string;
  table: Table;
  drafts: Drafts;
  onDrafts: (change: (now: Drafts) => Drafts) => void;
  /** What the server said to the last attempt. */
  problem: Problem | null;
  /** What is wrong with the draft of a column, when that is to be said. */
  problemOf: (column: Column) => FormProblem | undefined;
  /** Why a column can't be written. */
  disabledReason: (column: Column) => string | null;
  isChanged?: (column: Column) => boolean;
  /** Offers "default" (inserting). */
  withDefault?: boolean;
  body: RefObject<HTMLDivElement | null>;
  send: () => void;
  /** Left of the buttons. */
  note?: string;
  /** What would be sent, to take along. */
  asked?: Asked;
  /** The buttons. */
  children: ReactNode;
}

export function RowForm(props: RowFormProps) {
  const { source, table, drafts, problem, send } = props;
  // Said at the top when no field on screen can say it.
  const loose =
    problem?.errors.filter((error) => {
      const column = table.columns.find((one) => one.name === error.field);
      return !column || props.disabledReason(column) !== null;
    }) ?? [];
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
      onKeyDown={(e) => saveKey(e, send)}
    >
      <div ref={props.body} className={classes.form}>
        {problem && (problem.errors.length === 0 || loose.length > 0) && (
          <Alert color="red" role="alert" p={10}>
            {loose.map((error) => error.message).join(" ") || (problem.detail ?? problem.title)}
          </Alert>
        )}
        {table.columns.map((column) => (
          <FieldRow
            key={column.name}
            source={source}
            column={column}
            foreignKey={foreignKeyOf(table.foreign_keys, column.name)}
            draft={drafts[column.name] ?? { text: "", isNull: true }}
            onDraft={(draft) => props.onDrafts((now) => ({ ...now, [column.name]: draft }))}
            problem={props.problemOf(column)}
            refusal={problem?.errorFor(column.name) ?? null}
            disabledReason={props.disabledReason(column)}
            changed={props.isChanged?.(column)}
            withDefault={props.withDefault}
          />
        ))}
      </div>
      <Group justify="space-between" gap={8} className={classes.foot}>
        <span className={classes.help}>{props.note}</span>
        <Group gap={8}>
          {props.asked && <CopyAs asked={props.asked} quiet />}
          {props.children}
        </Group>
      </Group>
    </form>
  );
}

/** Ctrl-S and Ctrl-Enter save from anywhere in a form. */
function saveKey(e: KeyboardEvent, save: () => void): void {
  if (!(e.ctrlKey || e.metaKey) || (e.key !== "s" && e.key !== "Enter")) return;
  e.preventDefault();
  e.stopPropagation();
  save();
}

export function focusField(root: HTMLElement | null, name: string): void {
  const field = root?.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  field?.scrollIntoView({ block: "center" });
  field?.querySelector<HTMLElement>("input:not([disabled]),textarea,.cm-content")?.focus();
}
