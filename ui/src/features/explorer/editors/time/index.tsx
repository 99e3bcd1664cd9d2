/** A time of day, with its offset where the type has one. */
import { OFFSET, readClock } from "../moment";
import { PickerInput } from "../picker-input";
import { type EditedColumn, type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";

const zoned = (column: EditedColumn) => /with time zone|timetz/i.test(column.type);

function TimeInput(props: EditorInputProps) {
  const clock = /^\d{2}:\d{2}(:\d{2})?/.exec(props.text)?.[0] ?? "";
  const offset = OFFSET.exec(props.text)?.[0] ?? "";
  return (
    <PickerInput
      {...props}
      kind="time"
      placeholder={props.placeholder ?? (zoned(props.column) ? "13:45:00+01" : "13:45:00")}
      picked={clock}
      onPick={(value) => props.onText(value + (zoned(props.column) ? offset : ""))}
    />
  );
}

export const timeEditor: ValueEditor = {
  format: plainText,
  parse: (text, column) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    const offset = zoned(column) ? (OFFSET.exec(trimmed)?.[0] ?? "") : "";
    const clock = readClock(trimmed.slice(0, trimmed.length - offset.length).trim());
    return clock ? valid(clock + offset) : invalid("time");
  },
  Input: TimeInput,
};
