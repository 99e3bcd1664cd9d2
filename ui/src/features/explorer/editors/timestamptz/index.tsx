/** An instant: typed and shown in the reader's zone with its offset, UTC underneath. */
import { Text } from "@mantine/core";
import { isInfinite } from "../moment";
import { PickerInput } from "../picker-input";
import { type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";
import { instantText, localText, readInstant, typedInstant, utcText } from "./zone";

function TimestamptzInput(props: EditorInputProps) {
  const read = typedInstant(props.text.trim());
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <PickerInput
        {...props}
        kind="datetime-local"
        placeholder={props.placeholder ?? localText({ at: new Date(2026, 10, 20, 13, 45), fraction: "" })}
        picked={read ? localText(read).slice(0, 19).replace(" ", "T") : ""}
        onPick={(value) => props.onText(localText({ at: new Date(value), fraction: "" }))}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {zone}
        {read && ` · ${utcText(read)}`}
      </Text>
    </>
  );
}

export const timestamptzEditor: ValueEditor = {
  format: (value) => {
    const text = plainText(value);
    const read = readInstant(text);
    return read ? localText(read) : text;
  },
  parse: (text) => {
    const trimmed = text.trim();
    if (trimmed === "") return invalid("blank");
    if (isInfinite(trimmed)) return valid(trimmed.toLowerCase());
    const read = typedInstant(trimmed);
    return read ? valid(instantText(read)) : invalid("timestamptz");
  },
  Input: TimestamptzInput,
};
