/** Date and time without a zone: shown and stored exactly as written. */
import { isInfinite, readDayAndClock } from "../moment";
import { PickerInput } from "../picker-input";
import { type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";

function TimestampInput(props: EditorInputProps) {
  const picked = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?/.exec(props.text)?.[0].replace(" ", "T") ?? "";
  return (
    <PickerInput
      {...props}
      kind="datetime-local"
      placeholder={props.placeholder ?? "2026-11-20 13:45:00"}
      picked={picked}
      onPick={(value) => props.onText(value.replace("T", " "))}
    />
  );
}

export const timestampEditor: ValueEditor = {
  format: (value) => plainText(value).replace("T", " "),
  parse: (text) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    if (isInfinite(trimmed)) return valid(trimmed.toLowerCase());
    const read = readDayAndClock(trimmed);
    if (!read) return invalid("timestamp");
    const bc = read.day.endsWith(" BC");
    return valid(`${bc ? read.day.slice(0, -3) : read.day}T${read.clock}${bc ? " BC" : ""}`);
  },
  Input: TimestampInput,
};
