/** The form of one row. Starts from the whole values as they are now; only changed fields are sent. */
import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { UnsavedGuard } from "~/kit/form/unsaved-guard";
import { Problem, toProblem } from "~/lib/problem";
import { DetailSkeleton } from "~/primitives/skeletons";
import { Failed, NotFound } from "~/primitives/states";
import { askedToUpdate } from "../asked";
import { fetchFull } from "../data";
import { type RowChange, SaveAbandoned } from "../edit/useSave";
import { keyOf } from "../key";
import type { Row, Table, TableRef } from "../model";
import { overlay, type StagedRow } from "../staged/staged";
import { readOnlyReason } from "../table/columns";
import { changedValues, type Drafts, rowDrafts } from "./form";
import { focusField, RowForm } from "./RowForm";
import classes from "./row.module.css";

interface EditFormProps {
  tableRef: TableRef;
  table: Table;
  rowKey: string;
  /** Field to begin with. */
  focus?: string;
  save: (change: RowChange) => Promise<Row>;
  /** What is collected of the row: where the form begins. */
  collected?: StagedRow | undefined;
  /** The row's key after saving; undefined when nothing was changed. */
  onDone: (key: string | undefined) => void;
  onCancel: () => void;
}

type Loaded = { row: Row } | { problem: Problem } | { gone: true };

export function EditForm(props: EditFormProps) {
  const { tableRef, table, rowKey } = props;
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again
  useEffect(() => {
    let left = false;
    const readable = table.columns.filter((column) => column.readable);
    fetchFull(tableRef, table, rowKey, readable).then(
      (row) => !left && setLoaded(row ? { row } : { gone: true }),
      (error: unknown) => !left && setLoaded({ problem: toProblem(error) }),
    );
    return () => {
      left = true;
    };
  }, [tableRef, table, rowKey, turn]);

  if (!loaded) {
    return (
      <div className={classes.form}>
        <DetailSkeleton />
      </div>
    );
  }
  if ("problem" in loaded) return <Failed problem={loaded.problem} onRetry={() => setTurn(turn + 1)} />;
  if ("gone" in loaded) return <NotFound />;
  return <LoadedForm {...props} row={loaded.row} />;
}

function LoadedForm(props: EditFormProps & { row: Row }) {
  const { tableRef, table, rowKey, focus, save, onDone, onCancel, row, collected } = props;
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const editable = table.columns.filter((column) => readOnlyReason(table, column, t) === null);
  const [start] = useState<Drafts>(() => rowDrafts(table.columns, row));
  const [drafts, setDrafts] = useState<Drafts>(() =>
    collected
      ? {
          ...start,
          ...rowDrafts(
            table.columns.filter((c) => c.name in collected.cells),
            overlay(row, collected),
          ),
        }
      : start,
  );
  const [saving, setSaving] = useState(false);
  const [done, setDone] = useState<{ key: string | undefined } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const result = changedValues(editable, drafts, row);
  const count = Object.keys(result.values).length;

  useEffect(() => {
    if (focus) focusField(body.current, focus);
  }, [focus]);

  // Left once the guard below has let go: the address may change with the key.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is stored
  useEffect(() => {
    if (done) onDone(done.key);
  }, [done]);

  const send = async () => {
    const [wrong] = Object.keys(result.problems);
    if (wrong) return focusField(body.current, wrong);
    if (count === 0 && !collected) return onDone(undefined);
    setSaving(true);
    setProblem(null);
    try {
      const stored = await save({
        key: rowKey,
        version: row.$version,
        base: row,
        values: result.values,
      });
      setDone({ key: keyOf(table, stored) });
    } catch (error) {
      if (!(error instanceof SaveAbandoned)) setProblem(toProblem(error));
      const field = error instanceof Problem ? error.errors[0]?.field : undefined;
      if (field) focusField(body.current, field);
    } finally {
      setSaving(false);
    }
  };
  return (
    <RowForm
      source={tableRef.source}
      table={table}
      drafts={drafts}
      onDrafts={setDrafts}
      problem={problem}
      // What stands in the database is right as it is; only what somebody typed is judged.
      problemOf={({ name }) => (drafts[name] === start[name] ? undefined : result.problems[name])}
      disabledReason={(column) => readOnlyReason(table, column, t)}
      isChanged={({ name }) => name in result.values}
      asked={count > 0 ? askedToUpdate(tableRef, table, rowKey, row.$version, result.values) : undefined}
      note={count > 0 ? t("explorer.changedFields", { count }) : undefined}
      body={body}
      send={() => void send()}
    >
      <UnsavedGuard dirty={count > 0 && done === null} />
      <Button variant="default" onClick={onCancel}>
        {t("explorer.cancel")}
      </Button>
      <Button
        type="submit"
        loading={saving}
        disabled={count === 0 && !collected && Object.keys(result.problems).length === 0}
      >
        {t("explorer.save")}
      </Button>
    </RowForm>
  );
}
