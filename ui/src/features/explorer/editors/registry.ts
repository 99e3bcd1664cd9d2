/** The editor of each category. */
import type { Category } from "~/kit/filter";
import { arrayEditor } from "./array";
import { bigintEditor } from "./bigint";
import { boolEditor } from "./bool";
import { byteaEditor } from "./bytea";
import { dateEditor } from "./date";
import { enumEditor } from "./enum";
import { floatEditor } from "./float";
import { intEditor } from "./int";
import { intervalEditor } from "./interval";
import { jsonEditor } from "./json";
import { networkEditor } from "./network";
import { numericEditor } from "./numeric";
import { otherEditor } from "./other";
import { rangeEditor } from "./range";
import { textEditor } from "./text";
import { timeEditor } from "./time";
import { timestampEditor } from "./timestamp";
import { timestamptzEditor } from "./timestamptz";
import type { ValueEditor } from "./types";
import { uuidEditor } from "./uuid";

/** A function and no table: an array's editor asks for its elements', which would make a circle at load time. */
export function editorOf(category: Category): ValueEditor {
  switch (category) {
    case "text":
      return textEditor;
    case "int":
      return intEditor;
    case "bigint":
      return bigintEditor;
    case "numeric":
      return numericEditor;
    case "float":
      return floatEditor;
    case "bool":
      return boolEditor;
    case "date":
      return dateEditor;
    case "time":
      return timeEditor;
    case "timestamp":
      return timestampEditor;
    case "timestamptz":
      return timestamptzEditor;
    case "interval":
      return intervalEditor;
    case "uuid":
      return uuidEditor;
    case "json":
      return jsonEditor;
    case "array":
      return arrayEditor;
    case "enum":
      return enumEditor;
    case "bytea":
      return byteaEditor;
    case "range":
      return rangeEditor;
    case "network":
      return networkEditor;
    case "other":
      return otherEditor;
  }
}
