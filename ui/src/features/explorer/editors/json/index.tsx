/** JSON in a real editor, loaded when first needed. */
import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import { type EditorInputProps, invalid, type ValueEditor, valid } from "../types";
import { JsonError, parseExactJson, prettyJson } from "./exact";

const CodeField = lazy(() => import("./code-field"));

function JsonInput(props: EditorInputProps) {
  return (
    <Suspense fallback={<Skeleton height={120} />}>
      <CodeField {...props} />
    </Suspense>
  );
}

export const jsonEditor: ValueEditor = {
  // Rows hold JSON as text; an element of a JSON array is parsed already.
  format: (value) => prettyJson(typeof value === "string" ? value : JSON.stringify(value)),
  parse: (text) => {
    if (text.trim() === "") return invalid("blank");
    try {
      return valid(parseExactJson(text));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return invalid(error.code, { line: error.line, number: error.message });
    }
  },
  Input: JsonInput,
  multiline: true,
};
