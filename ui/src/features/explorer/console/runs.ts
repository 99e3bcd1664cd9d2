/**
 * The runs of all tabs. They live beside the pages, so that who looks at a table meanwhile finds the result when they
 * come back; a page that is left for good ends its runs, since the browser closes their requests.
 */
import { useSyncExternalStore } from "react";
import { api } from "~/lib/api";
import { type Problem, toProblem } from "~/lib/problem";
import { type Frame, heard, type Mode, NO_RUN, type Run } from "./frames";

export type Explain = "plan" | "analyze";

export interface Question {
  source: string;
  sql: string;
  mode: Mode;
  parameters: Record<string, string | null>;
  explain?: Explain;
  maxRows: number;
  timeout: number;
  /** Where the text stands in the editor, for the place of an error. */
  from: number;
}

export interface State {
  question: Question;
  run: Run;
  /** It was refused before it began, or the connection broke. */
  problem: Problem | null;
  running: boolean;
  began: number;
}

interface Live {
  state: State;
  control: AbortController;
}

const live = new Map<string, Live>();
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

export function useRun(tab: string): State | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live.get(tab)?.state ?? null,
  );
}

const part = encodeURIComponent;

/** The path and the body of a question; also what "copy as" writes. */
export function requestOf(question: Question): { path: string; body: Record<string, unknown> } {
  const { source, sql, mode, parameters, explain, maxRows, timeout } = question;
  const body: Record<string, unknown> = { sql };
  if (Object.keys(parameters).length > 0) body.parameters = parameters;
  // A plan that is cut can't be read.
  if (explain) Object.assign(body, { explain, max_cell: 10_000_000 });
  if (maxRows !== 1000) body.max_rows = maxRows;
  if (timeout !== 60) body.timeout_seconds = timeout;
  if (mode !== "read") body.mode = mode;
  return { path: `/explorer/${part(source)}/sql/${mode === "read" ? "read" : "write"}`, body };
}

export async function start(tab: string, question: Question): Promise<void> {
  const control = new AbortController();
  live.get(tab)?.control.abort();
  const mine: Live = {
    control,
    state: { question, run: NO_RUN(question.mode), problem: null, running: true, began: Date.now() },
  };
  live.set(tab, mine);
  const set = (next: Partial<State>) => {
    mine.state = { ...mine.state, ...next };
    if (live.get(tab) === mine) tell();
  };
  tell();
  try {
    const { path, body } = requestOf(question);
    await api.lines<Frame>(path, { body, signal: control.signal }, (frames) => {
      set({ run: frames.reduce(heard, mine.state.run) });
    });
    set({ running: false });
  } catch (error) {
    if (control.signal.aborted) set({ running: false, run: cutOff(mine.state) });
    else set({ running: false, problem: toProblem(error) });
  }
}

/** A run whose request was closed by us, which heard no end of it. */
function cutOff({ run, question, began }: State): Run {
  const done = run.results.filter((result) => result.done !== null).length;
  const kept = question.mode === "autocommit" ? "each" : "nothing";
  return { ...run, end: { outcome: "cancelled", kept, done, milliseconds: Date.now() - began } };
}

/** Asks the server to stop; who gets no answer closes the request, which does the same. */
export async function cancel(tab: string): Promise<void> {
  const mine = live.get(tab);
  if (!mine?.state.running) return;
  const { run, question } = mine.state;
  if (run.id === null) {
    mine.control.abort();
    return;
  }
  try {
    await api.post(`/explorer/${part(question.source)}/sql/${run.id}/cancel`, {});
  } catch {
    mine.control.abort();
  }
}

export function forget(tab: string): void {
  live.get(tab)?.control.abort();
  live.delete(tab);
}
