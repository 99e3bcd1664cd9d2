/** Types we know nothing of: as PostgreSQL writes them; it also checks them. */
import { LineInput } from "../line-input";
import { plainText, type ValueEditor, valid } from "../types";

export const otherEditor: ValueEditor = {
  format: plainText,
  parse: (text) => valid(text),
  Input: (props) => <LineInput {...props} monospace />,
  emptyIsValue: true,
};
