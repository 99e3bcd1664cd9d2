/** smallint and integer. */
import { parseInteger } from "../integer";
import { LineInput } from "../line-input";
import { plainText, type ValueEditor } from "../types";

export const intEditor: ValueEditor = {
  format: plainText,
  parse: parseInteger,
  Input: (props) => <LineInput {...props} inputMode="numeric" />,
};
