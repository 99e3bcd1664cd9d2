/** The stream of a table, kept open while somebody looks: closed in a hidden tab, opened again when it broke. */
import { useEffect, useRef, useState } from "react";
import { api } from "~/lib/api";
import { Problem, type ProblemBody, toProblem } from "~/lib/problem";
import { tablePath } from "../data";
import type { TableRef } from "../model";
import type { Change, LiveState } from "./events";

/** How a grid stands to its stream. */
export interface Following {
  status: "stopped" | "connecting" | LiveState["state"] | "refused";
  state: LiveState | null;
  /** Why it is refused, or was broken off. */
  problem: Problem | null;
}

const STOPPED: Following = { status: "stopped", state: null, problem: null };
/** Between two attempts, in milliseconds. */
const SOONEST = 1000;
const LATEST = 15_000;

export function useStream(
  { source, schema, table }: TableRef,
  on: boolean,
  heard: { onLive: () => void; onChange: (change: Change) => void },
  /** Begins anew when it changes. */
  attempt: number,
): Following {
  const [following, setFollowing] = useState<Following>(STOPPED);
  const visible = useVisible();
  const latest = useRef(heard);
  latest.current = heard;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` only begins it anew
  useEffect(() => {
    if (!on || !visible) {
      setFollowing(STOPPED);
      return;
    }
    const control = new AbortController();
    let timer: number | undefined;
    let pause = SOONEST;
    const open = async () => {
      let ended: Problem | null = null;
      let final = false;
      setFollowing((before) => ({
        ...before,
        status: before.status === "away" ? "away" : "connecting",
        problem: null,
      }));
      try {
        await api.events(`${tablePath({ source, schema, table })}/live`, control.signal, ({ name, data }) => {
          if (name === "state") {
            const state = data as LiveState;
            pause = SOONEST;
            setFollowing({ status: state.state, state, problem: null });
            if (state.state === "live") latest.current.onLive();
          } else if (name === "change") latest.current.onChange(data as Change);
          else if (name === "end") ended = new Problem(data as ProblemBody);
        });
      } catch (error) {
        if (control.signal.aborted) return;
        ended = toProblem(error);
        // What is refused stays refused; what broke off is asked for again, and may be refused then.
        final = !ended.transient && ended.status >= 400 && ended.status < 500;
      }
      if (control.signal.aborted) return;
      setFollowing({ status: final ? "refused" : "away", state: null, problem: ended });
      if (final) return;
      timer = window.setTimeout(() => void open(), pause);
      pause = Math.min(pause * 2, LATEST);
    };
    void open();
    return () => {
      control.abort();
      window.clearTimeout(timer);
    };
  }, [source, schema, table, on, visible, attempt]);
  return following;
}

/** Whether the tab is looked at. One that was just left may be looked at again in a moment. */
function useVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    let timer: number | undefined;
    const listen = () => {
      window.clearTimeout(timer);
      if (document.visibilityState === "visible") setVisible(true);
      else timer = window.setTimeout(() => setVisible(false), 3000);
    };
    document.addEventListener("visibilitychange", listen);
    return () => {
      document.removeEventListener("visibilitychange", listen);
      window.clearTimeout(timer);
    };
  }, []);
  return visible;
}
