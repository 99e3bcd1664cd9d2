/** What came of a run: each statement with its rows, its plan or a chart; what the database remarked; how it ended. */
import { Alert, Button, SegmentedControl, Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { CircleAlert, CircleCheck, Loader, Pencil, SquareTerminal } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import signs from "~/primitives/signs.module.css";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, StateBlock } from "~/primitives/states";
import { SensitiveSql } from "../masking/SensitiveSql";
import { SourceAway } from "../table/TablePage";
import classes from "./console.module.css";
import type { Fault, Result, Run } from "./frames";
import { Messages } from "./Messages";
import { ResultGrid } from "./ResultGrid";
import { ResultTools } from "./ResultTools";
import type { State } from "./runs";
import { writes } from "./statements";

const PlanView = lazy(() => import("./PlanView").then((module) => ({ default: module.PlanView })));
const ChartView = lazy(() => import("./ChartView"));

type View = "rows" | "chart" | "plan" | "messages";

interface ResultsProps {
  state: State | null;
  onGo: (line: number, column: number) => void;
  /** Asks the same once more. */
  onAgain: () => void;
}

export function Results({ state, onGo, onAgain }: ResultsProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<number | null>(null);
  const [view, setView] = useState<View | null>(null);
  const began = state?.began;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new run is looked at from its newest result on
  useEffect(() => {
    setChosen(null);
    setView(null);
  }, [began]);
  if (!state) return <Nothing />;
  const { run, problem } = state;
  if (problem && run.results.length === 0)
    return (
      <div className={classes.results}>
        {problem.kind === "unavailable" ? (
          <SourceAway source={state.question.source} problem={problem} />
        ) : problem.reveal ? (
          <SensitiveSql source={state.question.source} problem={problem} onAgain={onAgain} />
        ) : problem.errors.length > 0 ? (
          <div className={classes.pane}>
            <Problems messages={problem.errors.map((error) => `${error.field}: ${error.message}`)} />
          </div>
        ) : (
          <Failed problem={problem} />
        )}
      </div>
    );
  const index = Math.min(chosen ?? lastShown(run), run.results.length - 1);
  const result = run.results[index];
  const isPlan = state.question.explain !== undefined && result?.columns?.[0]?.name === "QUERY PLAN";
  const views = viewsOf(result, isPlan);
  const shown = view && views.includes(view) ? view : (views[0] ?? "messages");
  return (
    <div className={classes.results}>
      <div className={classes.resultHead}>
        {run.results.length > 1 && (
          <div className={classes.statements} role="tablist" aria-label={t("explorer.sql.statements")}>
            {run.results.map((one, i) => (
              <button
                // biome-ignore lint/suspicious/noArrayIndexKey: a statement is known by its place in the text
                key={i}
                type="button"
                role="tab"
                aria-selected={i === index}
                className={classes.statement}
                title={one.sql}
                onClick={() => setChosen(i)}
              >
                <StatementMark result={one} run={run} at={i} />
                {i + 1} <span className={classes.word}>{one.done?.command ?? one.sql.split(/\s/, 1)[0]}</span>
                {one.done?.rows != null && <span className={classes.count}>{formatNumber(one.done.rows)}</span>}
              </button>
            ))}
          </div>
        )}
        <SegmentedControl
          size="xs"
          aria-label={t("explorer.view")}
          value={shown}
          onChange={(next) => setView(next as View)}
          data={views.map((one) => ({ value: one, label: t(`explorer.sql.views.${one}`) }))}
        />
        <span className={classes.spring} />
        {result && (
          <div className={`${classes.resultTools} ${signs.signs}`}>
            <ResultTools state={state} result={result} />
          </div>
        )}
      </div>
      {run.fault && shown !== "messages" && <FaultNotice fault={run.fault} onGo={onGo} />}
      <div className={classes.pane}>
        <Suspense fallback={<ListSkeleton rows={5} columns={3} />}>
          {shown === "rows" && result?.columns && (
            <ResultGrid key={index} result={result} over={run.end !== null || problem !== null} />
          )}
          {shown === "chart" && result?.columns && <ChartView key={index} result={result} />}
          {shown === "plan" && result && <PlanView text={planText(result)} />}
          {shown === "messages" && <Messages run={run} problem={problem} onGo={onGo} />}
        </Suspense>
      </div>
      <Status state={state} result={result} />
    </div>
  );
}

/** The newest statement that has rows, else the newest. */
function lastShown(run: Run): number {
  const withRows = run.results.findLastIndex((result) => result.columns !== null);
  return withRows >= 0 ? withRows : run.results.length - 1;
}

function viewsOf(result: Result | undefined, isPlan: boolean): View[] {
  if (!result?.columns) return ["messages"];
  return isPlan ? ["plan", "rows", "messages"] : ["rows", "chart", "messages"];
}

function planText(result: Result): string {
  const cell = result.rows[0]?.[0] ?? "";
  return typeof cell === "string" ? cell : (cell?.text ?? "");
}

function StatementMark({ result, run, at }: { result: Result; run: Run; at: number }) {
  const { t } = useTranslation();
  if (run.fault?.index === at)
    return <CircleAlert size={13} className={classes.bad} aria-label={t("explorer.sql.failed")} />;
  if (!result.done) return <Loader size={13} className={classes.spin} aria-label={t("explorer.sql.running")} />;
  const [word = ""] = result.sql.toLowerCase().split(/\W/, 1);
  if (run.mode !== "read" && writes({ word, text: result.sql }))
    return <Pencil size={12} className={classes.wrote} aria-label={t("explorer.sql.changed")} />;
  return <CircleCheck size={13} className={classes.good} aria-label={t("explorer.sql.done")} />;
}

export function FaultNotice({ fault, onGo }: { fault: Fault; onGo: (line: number, column: number) => void }) {
  const { t } = useTranslation();
  const { line, column } = fault;
  // PostgreSQL says what is wrong; what it means here, or what to do, stands below in the person's language.
  const meaning = fault.code ? t(`refusals.sqlstates.${fault.code}`, { defaultValue: "" }) : "";
  return (
    <Alert color="red" variant="light" className={classes.fault} role="alert" icon={<CircleAlert size={16} />}>
      <Text fz={13} fw={500}>
        {fault.message}
        {fault.code && <span className={classes.code}> {fault.code}</span>}
      </Text>
      {meaning && <Text fz={12}>{meaning}</Text>}
      {fault.detail && <Text fz={12}>{fault.detail}</Text>}
      {fault.hint && (
        <Text fz={12}>
          {t("explorer.sql.hintWord")}: {fault.hint}
        </Text>
      )}
      {line !== null && column !== null && (
        <Button size="compact-xs" variant="subtle" color="red" mt={4} ml={-8} onClick={() => onGo(line, column)}>
          {t("explorer.sql.goTo", { line, column })}
        </Button>
      )}
    </Alert>
  );
}

function Problems({ messages }: { messages: string[] }) {
  return (
    <Alert color="red" variant="light" m={12} role="alert" icon={<CircleAlert size={16} />}>
      {messages.map((message) => (
        <Text fz={13} key={message}>
          {message}
        </Text>
      ))}
    </Alert>
  );
}

/** One line below: how long, how many, what was kept. */
function Status({ state, result }: { state: State; result: Result | undefined }) {
  const { t } = useTranslation();
  const { run, running } = state;
  const parts: string[] = [];
  if (result?.done) {
    const { rows, shown, more, milliseconds } = result.done;
    if (more) parts.push(t("explorer.sql.more", { shown: formatNumber(shown) }));
    else if (rows !== null) parts.push(t("explorer.sql.rowsAre", { count: rows, shown: formatNumber(rows) }));
    parts.push(duration(milliseconds));
  }
  if (run.end) {
    parts.push(t(`explorer.sql.outcome.${run.end.outcome}`));
    if (run.mode !== "read") parts.push(t(`explorer.sql.kept.${run.end.kept}`));
  }
  return (
    <div className={classes.status} role="status">
      {running ? <Elapsed began={state.began} /> : parts.join(" · ")}
    </div>
  );
}

function Elapsed({ began }: { began: number }) {
  const { t } = useTranslation();
  const [now, setNow] = useState(Date.now());
  useInterval(() => setNow(Date.now()), 200, { autoInvoke: true });
  return <>{t("explorer.sql.runningFor", { time: duration(Math.max(0, now - began)) })}</>;
}

export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds} ms`
    : `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <div className={classes.results}>
      <StateBlock icon={<SquareTerminal size={20} aria-hidden />} title={t("explorer.sql.nothingYet")}>
        {t("explorer.sql.nothingYetText")}
      </StateBlock>
    </div>
  );
}
