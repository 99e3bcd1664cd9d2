/**
 * A grid that follows its table. Rows on the page that somebody changed are read again and shown in their place; rows
 * that came are shown at once where nothing one reads would move, and offered otherwise.
 */
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { CellMark, RowMarks } from "~/kit/grid";
import { api, type Page, type QueryPairs } from "~/lib/api";
import { useFollowing } from "~/lib/preferences";
import { refreshRows, rowPreferences, rowsKey, rowsPath, selectOf } from "../data";
import { keyOf, keysFilter } from "../key";
import type { Row, Table, TableRef } from "../model";
import { addedBy, type Change, ofOthers, type Said, said, touchedKeys } from "./events";
import { type Following, useStream } from "./useStream";

/** How long a change is lit up, and a deleted row stays. */
const LIT = 2400;
const FADING = 900;
/** When rows are read once more. */
const SOON = 1000;
/** Rows that are read again in their place; of more the page is. */
const MOST = 200;
/** Who isn't told of every change reads the page again so often. */
const AGAIN = 5000;

export interface Live {
  on: boolean;
  setOn: (on: boolean) => void;
  following: Following;
  /** Begins anew, after something was done about it. */
  again: () => void;
  marks: ReadonlyMap<string, RowMarks>;
  /** What was done last. */
  said: Said | null;
  /** Rows that came and are not shown; null for many. */
  waiting: number | null;
  show: () => void;
}

interface Grid {
  /** As the page is filtered. */
  matching: QueryPairs;
  rows: readonly Row[];
  pages: number;
  /** The element that holds the grid. */
  holder: RefObject<HTMLElement | null>;
}

export function useLive(tableRef: TableRef, table: Table, { matching, rows, pages, holder }: Grid): Live {
  const client = useQueryClient();
  const [wanted, setOn] = useFollowing();
  const possible = !table.panel && ["table", "partitioned", "partition"].includes(table.kind);
  const on = wanted && possible;
  const [attempt, setAttempt] = useState(0);
  const [waiting, setWaiting] = useState<number | null>(0);
  const [last, setLast] = useState<Said | null>(null);
  const { marks, light } = useLights(table, rows);
  const now = useRef({ matching, rows, pages });
  now.current = { matching, rows, pages };

  /** Whether nothing that somebody reads or writes would move. */
  const isCalm = useCallback(() => {
    const grid = holder.current?.querySelector("[role=grid]");
    const busy = holder.current?.querySelector("[data-editing]");
    return now.current.pages <= 1 && (grid?.scrollTop ?? 0) < 8 && !busy;
  }, [holder]);

  const readPage = useCallback(async () => {
    setWaiting(0);
    light();
    await refreshRows(client, tableRef);
  }, [client, tableRef, light]);

  const readRows = useCallback(
    async (keys: readonly string[]): Promise<void> => {
      const filter = keysFilter(table, keys);
      if (!filter) return;
      const { rows: found } = await api.list<Row>(rowsPath(tableRef), {
        query: [...now.current.matching, ...filter, ...selectOf(table.columns), ["limit", String(MOST)]],
        headers: { "Accept-Profile": tableRef.schema },
        prefer: rowPreferences,
      });
      const fresh = new Map(found.map((row) => [keyOf(table, row), row]));
      const gone = new Set(keys.filter((key) => !fresh.has(key)));
      light(gone);
      const put = (change: (row: Row) => Row[]) =>
        client.setQueriesData<InfiniteData<Page<Row>>>(
          { queryKey: [...rowsKey(tableRef), "list"] },
          (old) => old && { ...old, pages: old.pages.map((page) => ({ ...page, rows: page.rows.flatMap(change) })) },
        );
      put((row) => [fresh.get(keyOf(table, row)) ?? row]);
      // A page that is still on its way may be older than these rows, and would put back what was.
      if (client.isFetching({ queryKey: [...rowsKey(tableRef), "list"] }) > 0)
        window.setTimeout(() => void readRows(keys).catch(() => undefined), SOON);
      if (gone.size > 0)
        window.setTimeout(() => put((row) => (gone.has(keyOf(table, row) ?? "") ? [] : [row])), FADING);
      for (const key of keys) void client.invalidateQueries({ queryKey: [...rowsKey(tableRef), "row", key] });
    },
    [client, table, tableRef, light],
  );

  const onChange = useCallback(
    (change: Change) => {
      const others = ofOthers(change);
      const sentence = said(others);
      if (sentence) setLast(sentence);
      const keys = touchedKeys(change);
      const shown = new Set(now.current.rows.map((row) => keyOf(table, row)));
      const touched = keys?.filter((key) => shown.has(key)) ?? null;
      const added = addedBy(others);
      const calm = isCalm();
      if (calm && (touched === null || added !== 0)) void readPage().catch(() => undefined);
      else {
        if (touched !== null && touched.length > 0) void readRows(touched).catch(() => undefined);
        if (touched === null) setWaiting(null);
        else if (added !== 0) setWaiting((before) => (before === null || added === null ? null : before + added));
      }
    },
    [table, isCalm, readPage, readRows],
  );

  // What happened between the page and the stream, or while the tab was hidden.
  const catchUp = useCallback(() => {
    if (isCalm()) void readPage().catch(() => undefined);
    else {
      const keys = now.current.rows.slice(0, MOST).flatMap((row) => keyOf(table, row) ?? []);
      if (keys.length > 0) void readRows(keys).catch(() => undefined);
    }
  }, [table, isCalm, readPage, readRows]);

  const following = useStream(tableRef, on, { onLive: catchUp, onChange }, attempt);
  const partly = following.status === "live" && following.state?.complete === false;
  useEffect(() => {
    if (!partly) return;
    const timer = window.setInterval(catchUp, AGAIN);
    return () => window.clearInterval(timer);
  }, [partly, catchUp]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question, and nothing waits any more
  useEffect(() => setWaiting(0), [JSON.stringify(matching)]);

  return {
    on,
    setOn,
    following,
    again: useCallback(() => setAttempt((n) => n + 1), []),
    marks,
    said: last,
    waiting,
    show: () => {
      holder.current?.querySelector("[role=grid]")?.scrollTo({ top: 0 });
      void readPage().catch(() => undefined);
    },
  };
}

/** Lights up what differs from what was there before, once what was asked for has come. */
function useLights(table: Table, rows: readonly Row[]) {
  const [marks, setMarks] = useState<ReadonlyMap<string, RowMarks>>(new Map());
  const expecting = useRef<number | null>(null);
  const before = useRef<readonly Row[]>([]);
  const timer = useRef<number | undefined>(undefined);
  const names = useMemo(() => table.columns.map((column) => column.name), [table]);
  useEffect(() => {
    const old = before.current;
    before.current = rows;
    const awaited = expecting.current;
    if (old === rows || old.length === 0 || awaited === null || awaited < performance.now()) return;
    const known = new Map(old.map((row) => [keyOf(table, row), row]));
    const lit = new Map<string, RowMarks>();
    for (const row of rows) {
      const key = keyOf(table, row);
      if (key === undefined) continue;
      const was = known.get(key);
      if (was === row) continue;
      const changed = names.filter((name) => !was || JSON.stringify(was[name]) !== JSON.stringify(row[name]));
      if (changed.length > 0) lit.set(key, marksOf(changed, { kind: "news" }));
    }
    if (lit.size > 0) setMarks((marks) => new Map([...marks, ...lit]));
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setMarks(new Map()), LIT);
  }, [rows, table, names]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const light = useCallback(
    (gone: ReadonlySet<string> = new Set()) => {
      expecting.current = performance.now() + 5000;
      if (gone.size === 0) return;
      setMarks(
        (marks) => new Map([...marks, ...[...gone].map((key) => [key, marksOf(names, { kind: "gone" })] as const)]),
      );
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setMarks(new Map()), LIT);
    },
    [names],
  );
  return { marks, light };
}

const marksOf = (names: readonly string[], mark: CellMark): RowMarks =>
  Object.fromEntries(names.map((name) => [name, mark]));
