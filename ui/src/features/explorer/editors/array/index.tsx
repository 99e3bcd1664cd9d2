/** Arrays element by element, each with the editor of its own type. Arrays of arrays are edited as JSON. */
import { ActionIcon, Group, Stack, Text } from "@mantine/core";
import { ArrowDown, ArrowUp, CircleSlash, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { jsonEditor } from "../json";
import { JsonError, parseExactJson } from "../json/exact";
import { editorOf } from "../registry";
import { type EditedColumn, type EditorInputProps, invalid, type Parsed, type ValueEditor, valid } from "../types";
import { elementColumn, type Item, readItems, writeItems } from "./items";

function ArrayInput(props: EditorInputProps) {
  const { t } = useTranslation();
  const items = readItems(props.text);
  if (!items) return <jsonEditor.Input {...props} />;
  const element = elementColumn(props.column);
  const { Input } = editorOf(element.category);
  const set = (next: Item[]) => props.onText(writeItems(next));
  const move = (from: number, to: number) => {
    const next = [...items];
    const [item] = next.splice(from, 1);
    if (item !== undefined) next.splice(to, 0, item);
    set(next);
  };
  return (
    <Stack gap={4} role="group" aria-label={props.label}>
      {items.map((item, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: elements have no identity but their place
        <Group key={i} gap={2} wrap="nowrap" align="flex-start">
          <div style={{ flex: 1, minWidth: 0 }}>
            <Input
              column={element}
              text={item ?? ""}
              isNull={item === null}
              onText={(text) => set(items.map((old, at) => (at === i ? text : old)))}
              label={t("explorer.element", { number: i + 1 })}
              invalid={item !== null && !editorOf(element.category).parse(item, element).ok}
              disabled={props.disabled}
              autoFocus={props.autoFocus && i === 0}
              dense
            />
          </div>
          <Small label={t("explorer.elementUp")} disabled={i === 0} onClick={() => move(i, i - 1)}>
            <ArrowUp size={13} />
          </Small>
          <Small label={t("explorer.elementDown")} disabled={i === items.length - 1} onClick={() => move(i, i + 1)}>
            <ArrowDown size={13} />
          </Small>
          <Small
            label={t("explorer.setNull")}
            disabled={item === null}
            onClick={() => set(items.map((old, at) => (at === i ? null : old)))}
          >
            <CircleSlash size={13} />
          </Small>
          <Small label={t("explorer.elementRemove")} onClick={() => set(items.filter((_, at) => at !== i))}>
            <Trash2 size={13} />
          </Small>
        </Group>
      ))}
      {items.length === 0 && (
        <Text size="xs" c="dimmed">
          {props.isNull ? t("explorer.null") : t("explorer.emptyList")}
        </Text>
      )}
      <Group>
        <SmallButton
          variant="subtle"
          leftSection={<Plus size={13} />}
          disabled={props.disabled}
          data-autofocus={(props.autoFocus && items.length === 0) || undefined}
          onClick={() => set([...items, ""])}
        >
          {t("explorer.elementAdd")}
        </SmallButton>
      </Group>
    </Stack>
  );
}

function Small(props: { label: string; disabled?: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <ActionIcon
      size={28}
      variant="subtle"
      color="gray"
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </ActionIcon>
  );
}

function format(value: unknown, column: EditedColumn): string {
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  if (value.some(Array.isArray)) return JSON.stringify(value, null, 2);
  const element = elementColumn(column);
  const editor = editorOf(element.category);
  return writeItems(value.map((one) => (one === null ? null : editor.format(one, element))));
}

function parse(text: string, column: EditedColumn): Parsed {
  const element = elementColumn(column);
  const items = readItems(text);
  if (!items) {
    // Inside of lists JSON is text; in lists of lists it can't be told from what is written as text.
    if (element.category === "json") return invalid("array");
    try {
      const list = parseExactJson(text);
      return Array.isArray(list) ? valid(list) : invalid("array");
    } catch (error) {
      return error instanceof JsonError
        ? invalid(error.code, { line: error.line, number: error.message })
        : invalid("array");
    }
  }
  const values: unknown[] = [];
  for (const [i, item] of items.entries()) {
    const parsed: Parsed = item === null ? valid(null) : editorOf(element.category).parse(item, element);
    // JSON's own null is a value that nothing sent means.
    if (!parsed.ok || (item !== null && parsed.value === null)) return invalid("element", { number: i + 1 });
    values.push(parsed.value);
  }
  return valid(values);
}

export const arrayEditor: ValueEditor = { format, parse, Input: ArrayInput, multiline: true, emptyIsValue: true };
