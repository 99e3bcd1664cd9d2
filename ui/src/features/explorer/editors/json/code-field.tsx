/** CodeMirror as a form field: JSON with brackets matched and mistakes marked. Loaded lazily, it is large. */
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cspNonce } from "~/providers";
import type { EditorInputProps } from "../types";
import classes from "./code-field.module.css";

/** Colours by variables, because the editor's own are made for a white page only. */
const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--qd-code-name)" },
  { tag: tags.string, color: "var(--qd-code-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--qd-code-value)" },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: "var(--mantine-color-dimmed)" },
]);

const parse = jsonParseLinter();

export default function CodeField(props: EditorInputProps) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once and told of changes below
  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: props.text,
        extensions: [
          EditorView.cspNonce.of(cspNonce()),
          // Ctrl-Enter saves the form around; here it must not make a new line.
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => true }])),
          basicSetup,
          json(),
          syntaxHighlighting(colours),
          linter((view) => (view.state.doc.length === 0 ? [] : parse(view)), { delay: 300 }),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": props.label }),
          EditorState.readOnly.of(props.disabled ?? false),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onText(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    if (props.autoFocus) editor.focus();
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === props.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text } });
  }, [props.text]);

  const hint = props.isNull ? t("explorer.null") : props.placeholder;
  return (
    <div ref={host} className={classes.code} data-invalid={props.invalid || undefined}>
      {hint && props.text === "" && <span className={classes.hint}>{hint}</span>}
    </div>
  );
}
