/** A length of time in PostgreSQL's own words. */
import { LineInput } from "../line-input";
import { invalid, plainText, type ValueEditor, valid } from "../types";

const UNIT =
  "(?:microseconds?|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|mons?|months?|years?|yrs?|y|decades?|centur(?:y|ies)|millenni(?:um|a))";
const PHRASE = new RegExp(
  `^@?\\s*(?:[+-]?\\d+(?:\\.\\d+)?\\s*${UNIT}\\s*)*(?:[+-]?\\d+:\\d{2}(?::\\d{2}(?:\\.\\d{1,6})?)?)?(?:\\s*ago)?$`,
  "i",
);
const ISO = /^[+-]?P(?=\S)(?:-?\d+(?:\.\d+)?[YMWD])*(?:T(?:-?\d+(?:\.\d+)?[HMS])+)?$/i;

export const intervalEditor: ValueEditor = {
  format: plainText,
  parse: (text) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    return PHRASE.test(trimmed) || ISO.test(trimmed) ? valid(trimmed) : invalid("interval");
  },
  Input: (props) => <LineInput {...props} placeholder={props.placeholder ?? "1 day 02:30:00"} />,
};
