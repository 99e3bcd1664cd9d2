/** Ranges and multiranges in PostgreSQL's notation: `[1,10)`, `empty`, `{[1,2),[5,7)}`. */
import { LineInput } from "../line-input";
import { invalid, plainText, type ValueEditor, valid } from "../types";

const BOUND = '(?:"(?:[^"\\\\]|\\\\.|"")*"|[^,()\\[\\]"{}]*)';
const ONE = `(?:[\\[(]${BOUND},${BOUND}[\\])]|empty)`;
const RANGE = new RegExp(`^${ONE}$`, "i");
const MULTIRANGE = new RegExp(`^\\{\\s*(?:${ONE}(?:\\s*,\\s*${ONE})*)?\\s*\\}$`, "i");

export const rangeEditor: ValueEditor = {
  format: plainText,
  parse: (text, column) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    const multi = /multirange/i.test(column.type);
    return (multi ? MULTIRANGE : RANGE).test(trimmed) ? valid(trimmed) : invalid(multi ? "multirange" : "rangeText");
  },
  Input: (props) => <LineInput {...props} monospace placeholder={props.placeholder ?? "[1,10)"} />,
};
