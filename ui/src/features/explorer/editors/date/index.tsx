/** A calendar day; it has no zone and never moves. */
import { isInfinite, readDay } from "../moment";
import { PickerInput } from "../picker-input";
import { type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";

function DateInput(props: EditorInputProps) {
  const picked = /^\d{4}-\d{2}-\d{2}$/.test(props.text) ? props.text : "";
  return (
    <PickerInput
      {...props}
      kind="date"
      placeholder={props.placeholder ?? "2026-11-20"}
      picked={picked}
      onPick={props.onText}
    />
  );
}

export const dateEditor: ValueEditor = {
  format: plainText,
  parse: (text) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    if (isInfinite(trimmed)) return valid(trimmed.toLowerCase());
    const day = readDay(trimmed);
    return day ? valid(day) : invalid("date");
  },
  Input: DateInput,
};
