/** The SQL editor: completion from the catalogue, run with Ctrl-Enter, places of errors. Loaded lazily, it is large. */
import { autocompletion, closeCompletion } from "@codemirror/autocomplete";
import { PostgreSQL, type SQLNamespace, sql } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cspNonce } from "~/providers";
import classes from "./editor.module.css";

/** What a page asks of the editor. */
export interface EditorHandle {
  /** The chosen text, or null; and where the cursor is. */
  place: () => { from: number; selected: string | null; cursor: number };
  focus: () => void;
  go: (index: number) => void;
}

export interface Mark {
  from: number;
  to: number;
  message: string;
}

interface EditorProps {
  text: string;
  onText: (text: string) => void;
  onRun: () => void;
  onExplain: () => void;
  schema: SQLNamespace;
  mark: Mark | null;
  /** Changes are kept: the frame says so. */
  writing: boolean;
  handle: React.Ref<EditorHandle>;
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--qd-sql-keyword)", fontWeight: "500" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--qd-sql-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--qd-sql-value)" },
  { tag: tags.typeName, color: "var(--qd-sql-type)" },
  { tag: tags.comment, color: "var(--mantine-color-dimmed)", fontStyle: "italic" },
  { tag: [tags.operator, tags.punctuation], color: "var(--mantine-color-dimmed)" },
]);

/** A key that is used up. */
/** What was offered to be written goes, and what was asked for is done. */
function asked(editor: EditorView, act: () => void): true {
  closeCompletion(editor);
  act();
  return true;
}

const language = (schema: SQLNamespace) => sql({ dialect: PostgreSQL, schema, defaultSchema: "public" });

export default function Editor(props: EditorProps) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const speaks = useRef(new Compartment());

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once and told of changes below
  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: props.text,
        extensions: [
          EditorView.cspNonce.of(cspNonce()),
          Prec.highest(
            keymap.of([
              { key: "Mod-Enter", run: (editor) => asked(editor, latest.current.onRun) },
              { key: "Mod-Shift-Enter", run: (editor) => asked(editor, latest.current.onExplain) },
            ]),
          ),
          basicSetup,
          autocompletion({ icons: false, maxRenderedOptions: 60 }),
          speaks.current.of(language(props.schema)),
          syntaxHighlighting(colours),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": t("explorer.sql.editor") }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onText(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    editor.focus();
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: speaks.current.reconfigure(language(props.schema)) });
  }, [props.schema]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === props.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text } });
  }, [props.text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const end = editor.state.doc.length;
    const marks: Diagnostic[] =
      props.mark && props.mark.from <= end
        ? [
            {
              from: props.mark.from,
              to: Math.min(props.mark.to, end),
              severity: "error",
              message: props.mark.message,
            },
          ]
        : [];
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [props.mark]);

  useImperativeHandle(props.handle, () => ({
    place: () => {
      const selection = view.current?.state.selection.main;
      if (!selection) return { from: 0, selected: null, cursor: 0 };
      const selected = selection.empty ? null : view.current?.state.sliceDoc(selection.from, selection.to);
      return { from: selection.from, selected: selected ?? null, cursor: selection.head };
    },
    focus: () => view.current?.focus(),
    go: (index) => {
      view.current?.dispatch({
        selection: { anchor: Math.min(index, view.current.state.doc.length) },
        scrollIntoView: true,
      });
      view.current?.focus();
    },
  }));

  return <div ref={host} className={classes.editor} data-writing={props.writing || undefined} />;
}
