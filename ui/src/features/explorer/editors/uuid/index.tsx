/** A UUID; braces and capitals are accepted and put right. */
import { LineInput } from "../line-input";
import { invalid, plainText, type ValueEditor, valid } from "../types";

export const uuidEditor: ValueEditor = {
  format: plainText,
  parse: (text) => {
    const hex = text
      .trim()
      .replace(/^\{(.*)\}$/, "$1")
      .replaceAll("-", "")
      .toLowerCase();
    if (hex === "") return invalid("blank");
    if (!/^[0-9a-f]{32}$/.test(hex)) return invalid("uuid");
    return valid(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
  },
  Input: (props) => (
    <LineInput {...props} monospace placeholder={props.placeholder ?? "00000000-0000-0000-0000-000000000000"} />
  ),
};
