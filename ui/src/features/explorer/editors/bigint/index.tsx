/** bigint: travels as text, because JavaScript's numbers end at 2^53. */
import { parseInteger } from "../integer";
import { LineInput } from "../line-input";
import { plainText, type ValueEditor } from "../types";

export const bigintEditor: ValueEditor = {
  format: plainText,
  parse: parseInteger,
  Input: (props) => <LineInput {...props} inputMode="numeric" />,
};
