/** The SQL console: drafts in tabs, an editor above, what came of the last run below. */
import { Alert, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { Ban, Bookmark, History, Play, Waypoints } from "lucide-react";
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan, usePageTitle, useSession } from "~/lib/session";
import signs from "~/primitives/signs.module.css";
import { ListSkeleton } from "~/primitives/skeletons";
import { NoPermission } from "~/primitives/states";
import { useCurrentTable } from "../ExplorerLayout";
import { TreeButton } from "../tree/TreeButton";
import { ViewAsButton } from "../ViewAs";
import { ConsoleTabs } from "./ConsoleTabs";
import classes from "./console.module.css";
import type { EditorHandle, Mark } from "./Editor";
import { MODES, type Mode } from "./frames";
import { Limits } from "./Limits";
import { Parameters } from "./Parameters";
import { Results } from "./Results";
import { cancel, type Explain, type Question, start, useRun } from "./runs";
import { tabOf, useLinkedQuery } from "./saved";
import { indexOf, statementAt, statementsOf } from "./statements";
import { type Tab, useTabs } from "./tabs";
import { useSchema } from "./useSchema";

const Editor = lazy(() => import("./Editor"));
const QueriesDrawer = lazy(() => import("./QueriesDrawer"));
const SaveDialog = lazy(() => import("./SaveDialog"));

export function ConsolePage() {
  const { t } = useTranslation();
  usePageTitle(t("explorer.sql.title"));
  return useCan("sql:read") ? <Console /> : <NoPermission permission="sql:read" />;
}

function Console() {
  const { t } = useTranslation();
  const { source } = useCurrentTable();
  const tabs = useTabs((number) => t("explorer.sql.tab", { number }));
  const { current } = tabs;
  const state = useRun(current.id);
  const running = state?.running ?? false;
  const editor = useRef<EditorHandle>(null);
  const place = useSession().impersonation;
  const mayWrite = useCan("sql:write");
  const [chosen, setMode] = useState<Mode>("read");
  const mode = mayWrite ? chosen : "read";
  const [limits, setLimits] = useLocalStorage({
    key: "quarterdeck.sql.limits",
    defaultValue: { maxRows: 1000, timeout: 60 },
    getInitialValueInEffect: false,
  });
  const [remembering, setRemembering] = useState(false);
  const [saving, setSaving] = useState(false);
  const maySave = useCan("saved-queries:create");
  const [parameters, setParameters] = useState(current.parameters);
  const schema = useSchema(source, current.text);
  const statements = useMemo(() => statementsOf(current.text), [current.text]);
  const names = useMemo(() => [...new Set(statements.flatMap((one) => one.parameters))], [statements]);

  const onText = useCallback((text: string) => tabs.change(current.id, { text }), [tabs.change, current.id]);
  const setParameter = (name: string, value: string | null) => {
    const next = { ...current.parameters, [name]: value };
    setParameters(next);
    tabs.change(current.id, { parameters: next });
  };

  /** In a tab of its own, or in the one that shows it already. */
  const open = (tab: Partial<Tab>) => {
    const there = tab.saved === undefined ? undefined : tabs.tabs.find((one) => one.saved === tab.saved);
    if (there) tabs.choose(there.id);
    else tabs.add(tab);
    setParameters(there?.parameters ?? tab.parameters ?? {});
  };
  const linked = useLinkedQuery((query) => open(tabOf(query)));

  /** What is chosen, else the statement at the cursor, else all. */
  const run = (what: "here" | "all", explain?: Explain) => {
    const at = editor.current?.place() ?? { from: 0, selected: null, cursor: 0 };
    const here = statementAt(statements, at.cursor);
    const part =
      at.selected !== null
        ? { sql: at.selected, from: at.from }
        : what === "here" && here
          ? { sql: here.text, from: here.from }
          : { sql: current.text, from: 0 };
    if (part.sql.trim() === "") return;
    const wanted = statementsOf(part.sql).flatMap((one) => one.parameters);
    const given = Object.fromEntries(
      wanted.filter((name) => name in parameters).map((name) => [name, parameters[name] ?? null]),
    );
    const question: Question = { source, mode, parameters: given, ...part, ...limits, ...(explain ? { explain } : {}) };
    void start(current.id, question);
  };

  const mark = useMemo<Mark | null>(() => {
    const fault = state?.run.fault;
    if (!fault || fault.line === null || fault.column === null || !state) return null;
    const { sql, from } = state.question;
    if (current.text.slice(from, from + sql.length) !== sql) return null;
    const begin = from + indexOf(sql, fault.line, fault.column);
    const word = /^[\w$\u0080-\uffff]+/.exec(current.text.slice(begin))?.[0].length ?? 1;
    return { from: begin, to: begin + word, message: fault.message };
  }, [state, current.text]);

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <Group gap={8} wrap="nowrap" className={classes.headTabs}>
          <TreeButton />
          <ConsoleTabs tabs={tabs} />
        </Group>
        <Group gap={6} wrap="nowrap" className={signs.signs}>
          <ViewAsButton source={source} />
          <span title={maySave ? undefined : t("explorer.sql.saved.may")}>
            <Button
              size="xs"
              variant="default"
              leftSection={<Bookmark size={14} />}
              disabled={!maySave || current.text.trim() === ""}
              onClick={() => setSaving(true)}
            >
              {t("explorer.save")}
            </Button>
          </span>
          <Button size="xs" variant="default" leftSection={<History size={14} />} onClick={() => setRemembering(true)}>
            {t("explorer.sql.queries.button")}
          </Button>
        </Group>
      </div>
      {linked.missing && (
        <Alert color="yellow" role="status" p={8}>
          {t("explorer.sql.saved.gone")}
        </Alert>
      )}
      <div className={classes.bar}>
        <Group gap={6} wrap="nowrap">
          {running ? (
            <Button size="xs" color="red" leftSection={<Ban size={14} />} onClick={() => void cancel(current.id)}>
              {t("explorer.sql.cancel")}
            </Button>
          ) : (
            <Button
              size="xs"
              color={mode === "read" ? undefined : "orange"}
              leftSection={<Play size={14} />}
              title={t("explorer.sql.runKey")}
              onClick={() => run("here")}
            >
              {t("explorer.sql.run")}
            </Button>
          )}
          <Button size="xs" variant="default" disabled={running || statements.length < 2} onClick={() => run("all")}>
            {t("explorer.sql.runAll")}
          </Button>
          <ExplainButton running={running} mode={mode} onExplain={(explain) => run("here", explain)} />
        </Group>
        <Group gap={8} className={classes.modes}>
          <SegmentedControl
            size="xs"
            aria-label={t("explorer.sql.mode")}
            color={mode === "read" ? undefined : "orange"}
            value={mode}
            onChange={(next) => setMode(next as Mode)}
            data={MODES.map((one) => ({
              value: one,
              label: t(`explorer.sql.modes.${one}`),
              disabled: (one !== "read" && !mayWrite) || (one === "autocommit" && Boolean(place)),
            }))}
          />
          <Limits limits={limits} onLimits={setLimits} />
        </Group>
      </div>
      <Text fz={12} c={mode === "read" ? "dimmed" : "orange"} className={classes.promise} role="status">
        {t(mayWrite ? `explorer.sql.promise.${mode}` : "explorer.sql.promise.onlyRead")}
      </Text>
      {names.length > 0 && <Parameters names={names} values={current.parameters} onValue={setParameter} />}
      <div className={classes.editorBox}>
        <Suspense fallback={<ListSkeleton rows={6} columns={1} />}>
          <Editor
            key={current.id}
            handle={editor}
            text={current.text}
            onText={onText}
            onRun={() => !running && run("here")}
            onExplain={() => !running && run("here", "plan")}
            schema={schema}
            mark={mark}
            writing={mode !== "read"}
          />
        </Suspense>
      </div>
      <Results
        key={current.id}
        state={state}
        onAgain={() => state && void start(current.id, state.question)}
        onGo={(line, column) => {
          if (!state) return;
          editor.current?.go(state.question.from + indexOf(state.question.sql, line, column));
        }}
      />
      {remembering && (
        <Suspense>
          <QueriesDrawer
            onClose={() => setRemembering(false)}
            onOpen={(tab) => {
              open(tab);
              setRemembering(false);
            }}
          />
        </Suspense>
      )}
      {saving && (
        <Suspense>
          <SaveDialog
            source={source}
            tab={current}
            onClose={() => setSaving(false)}
            onSaved={(by) => {
              tabs.change(current.id, by);
              setSaving(false);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

interface ExplainButtonProps {
  running: boolean;
  mode: Mode;
  onExplain: (explain: Explain) => void;
}

function ExplainButton({ running, mode, onExplain }: ExplainButtonProps) {
  const { t } = useTranslation();
  return (
    <Button.Group>
      <Button
        size="xs"
        variant="default"
        leftSection={<Waypoints size={14} />}
        disabled={running}
        title={t("explorer.sql.explainHelp")}
        onClick={() => onExplain("plan")}
      >
        {t("explorer.sql.explain")}
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={running || mode === "autocommit"}
        title={t(mode === "autocommit" ? "explorer.sql.analyzeNotHere" : "explorer.sql.analyzeHelp")}
        onClick={() => onExplain("analyze")}
      >
        {t("explorer.sql.analyze")}
      </Button>
    </Button.Group>
  );
}
