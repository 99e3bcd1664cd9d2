/** real and double precision. */
import { LineInput } from "../line-input";
import { invalid, type Parsed, plainText, type ValueEditor, valid } from "../types";

function parse(text: string): Parsed {
  const trimmed = text.trim();
  if (trimmed === "") return invalid("blank");
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(trimmed);
  if (special) {
    const nan = special[2]?.toLowerCase() === "nan";
    if (nan) return special[1] ? invalid("number") : valid("NaN");
    return valid(special[1] === "-" ? "-Infinity" : "Infinity");
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return invalid("number");
  const value = Number(trimmed);
  return Number.isFinite(value) ? valid(value) : invalid("floatRange");
}

export const floatEditor: ValueEditor = {
  format: plainText,
  parse,
  Input: (props) => <LineInput {...props} inputMode="decimal" />,
};
