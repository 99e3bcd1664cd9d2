/** CodeMirror as a form field: JSON with brackets matched and mistakes marked. Loaded lazily, it is large. */
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { linter } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "react";
import { cspNonce } from "~/providers";
import type { EditorInputProps } from "../types";
import classes from "./code-field.module.css";

export default function CodeField(props: EditorInputProps) {
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
          linter(jsonParseLinter(), { delay: 300 }),
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

  return <div ref={host} className={classes.code} data-invalid={props.invalid || undefined} />;
}
