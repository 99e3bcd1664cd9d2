/** inet, cidr and hardware addresses. */
import { LineInput } from "../line-input";
import { invalid, plainText, type ValueEditor, valid } from "../types";

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|(?=\/|$))){4}(?:\/(?:3[0-2]|[12]?\d))?$/;
const V6 = /^(?=[^/]*:)[0-9a-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?:\/(?:12[0-8]|1[01]\d|\d?\d))?$/i;
const MAC = /^(?:[0-9a-f]{2}[:-]?){5,7}[0-9a-f]{2}$/i;

export const networkEditor: ValueEditor = {
  format: plainText,
  parse: (text, column) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    if (/^macaddr/i.test(column.type)) return MAC.test(trimmed) ? valid(trimmed) : invalid("mac");
    return V4.test(trimmed) || V6.test(trimmed) ? valid(trimmed) : invalid("network");
  },
  Input: (props) => <LineInput {...props} monospace placeholder={props.placeholder ?? "10.0.0.0/8"} />,
};
