/** A collected row in the review: what is done to it, what came of trying, and the way back. */
import { ActionIcon, Button } from "@mantine/core";
import { Pencil, Undo2, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { CellValue } from "../cells/CellValue";
import type { Column, Row, Table } from "../model";
import { surprises } from "./collected";
import { asRow, type FreshRow, valuesOf } from "./fresh";
import type { StagedCell, StagedRow } from "./staged";
import classes from "./staged.module.css";
import type { StagedChanges } from "./useStaged";

/** Fields of a row that goes that are named; it is stored whole, and comes back whole by an undo. */
const NAMED = 5;

interface PartProps<R> {
  row: R;
  table: Table;
  changes: StagedChanges;
}

export function NewRow({ row, table, changes, onOpen }: PartProps<FreshRow> & { onOpen: () => void }) {
  const { t } = useTranslation();
  const { values, problems } = valuesOf(row, table);
  const shown = asRow(row, table);
  const problemOf = ({ name }: Column) => {
    const wrong = problems[name];
    return row.refused[name] ?? (wrong ? t(`explorer.invalid.${wrong.code}`, { ...wrong.params }) : null);
  };
  const told = table.columns.filter((column) => (values[column.name] ?? null) !== null || problemOf(column) !== null);
  return (
    <Framed
      title={t("explorer.staged.newRow")}
      problem={row.problem}
      outcome={<Comes rowKey={row.key} table={table} changes={changes} />}
      actions={
        <>
          <SmallButton variant="subtle" leftSection={<Pencil size={13} aria-hidden />} onClick={onOpen}>
            {t("explorer.edit")}
          </SmallButton>
          <Discard label={t("explorer.staged.dropRow")} onClick={() => changes.drop(row.key)} />
        </>
      }
    >
      {told.length === 0 && <div className={classes.quiet}>{t("explorer.staged.onlyDefaults")}</div>}
      {told.map((column) => (
        <Field key={column.name} name={column.name} problem={problemOf(column)}>
          <span className={classes.after}>
            <CellValue value={shown[column.name] ?? null} column={column} />
          </span>
        </Field>
      ))}
    </Framed>
  );
}

export function ChangedRow({ row, table, changes }: PartProps<StagedRow>) {
  const { t } = useTranslation();
  const cells = table.columns.flatMap((column): [Column, StagedCell][] => {
    const cell = row.cells[column.name];
    return cell ? [[column, cell]] : [];
  });
  return (
    <Framed
      title={<Key row={row} table={table} />}
      problem={row.problem?.text ?? null}
      outcome={<Comes rowKey={row.key} table={table} changes={changes} />}
      actions={
        cells.length > 1 && (
          <Discard label={t("explorer.staged.discardRow", { key: row.key })} onClick={() => changes.drop(row.key)} />
        )
      }
    >
      {cells.map(([column, cell]) => (
        <Field
          key={column.name}
          name={column.name}
          problem={cell.problem}
          action={
            <Discard
              label={t("explorer.staged.discard", { field: column.name, key: row.key })}
              onClick={() => changes.drop(row.key, column.name)}
            />
          }
        >
          <span className={classes.before}>
            <CellValue value={row.row[column.name]} column={column} />
          </span>
          <span aria-hidden className={classes.arrow}>
            →
          </span>
          <span className={classes.after}>
            <CellValue value={cell.shown} column={column} />
          </span>
        </Field>
      ))}
    </Framed>
  );
}

export function DoomedRow({ row, table, changes }: PartProps<StagedRow>) {
  const { t } = useTranslation();
  const told = table.columns
    .filter(({ name, primary_key, readable }) => primary_key === null && readable && (row.row[name] ?? null) !== null)
    .slice(0, NAMED);
  const aside = Object.keys(row.cells).length;
  return (
    <Framed
      title={<Key row={row} table={table} />}
      problem={row.problem?.text ?? null}
      outcome={
        changes.outcomes?.has(row.key) && <div className={classes.outcome}>{t(`explorer.staged.goes.${row.fate}`)}</div>
      }
      actions={
        <>
          {row.problem?.version !== undefined && (
            <Button size="compact-xs" variant="light" color="red" onClick={() => changes.goOn(row.key)}>
              {t("explorer.staged.goOn")}
            </Button>
          )}
          <SmallButton
            variant="subtle"
            color="gray"
            leftSection={<Undo2 size={13} aria-hidden />}
            aria-label={t("explorer.staged.spareOf", { key: row.key })}
            onClick={() => changes.spare([row.key])}
          >
            {t("explorer.staged.spareRow")}
          </SmallButton>
        </>
      }
    >
      {told.map((column) => (
        <Field key={column.name} name={column.name} problem={null}>
          <span className={classes.before}>
            <CellValue value={row.row[column.name]} column={column} />
          </span>
        </Field>
      ))}
      {row.fate === "trash" && <div className={classes.quiet}>{t("explorer.staged.intoTrash")}</div>}
      {aside > 0 && <div className={classes.quiet}>{t("explorer.staged.aside", { count: aside })}</div>}
    </Framed>
  );
}

function Key({ row, table }: { row: StagedRow; table: Table }) {
  return (
    <>
      {table.primary_key.join(", ")} <strong>{row.key}</strong>
    </>
  );
}

interface FramedProps {
  title: ReactNode;
  problem: string | null;
  outcome: ReactNode;
  actions: ReactNode;
  children: ReactNode;
}

function Framed({ title, problem, outcome, actions, children }: FramedProps) {
  return (
    <li className={classes.row} data-refused={problem !== null || undefined}>
      <div className={classes.key}>
        <span className={classes.keyText}>{title}</span>
        <span className={classes.rowActions}>{actions}</span>
      </div>
      {problem !== null && (
        <div className={classes.problem} role="alert">
          {problem}
        </div>
      )}
      {children}
      {outcome}
    </li>
  );
}

interface FieldProps {
  name: string;
  problem: string | null;
  action?: ReactNode;
  children: ReactNode;
}

function Field({ name, problem, action, children }: FieldProps) {
  return (
    <div className={classes.change}>
      <span className={classes.field}>{name}</span>
      <span className={classes.values}>
        {children}
        {problem !== null && (
          <span className={classes.problem} role="alert">
            {problem}
          </span>
        )}
      </span>
      {action}
    </div>
  );
}

function Discard({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <ActionIcon size={24} variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      <X size={14} aria-hidden />
    </ActionIcon>
  );
}

/** What trying it has shown: columns that the database gives, or changes besides. */
function Comes({ rowKey, table, changes }: { rowKey: string; table: Table; changes: StagedChanges }) {
  const { t } = useTranslation();
  const outcome = changes.outcomes?.get(rowKey);
  if (!outcome) return null;
  const names = surprises(changes.all, rowKey, outcome);
  const columns = table.columns.filter((column) => names.includes(column.name));
  const isNew = outcome.before === null;
  if (columns.length === 0)
    return <div className={classes.outcome}>{t(isNew ? "explorer.staged.comesAs" : "explorer.staged.staysAs")}</div>;
  return (
    <div className={classes.outcome}>
      {t(isNew ? "explorer.staged.given" : "explorer.staged.besides")}{" "}
      {columns.map((column, i) => (
        <span key={column.name}>
          {i > 0 && ", "}
          <strong>{column.name}</strong> <CellValue value={(outcome.after as Row)[column.name]} column={column} />
        </span>
      ))}
    </div>
  );
}
