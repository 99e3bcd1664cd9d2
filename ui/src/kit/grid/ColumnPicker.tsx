/** The list of all columns: which are shown, in which order. By pointer (drag) and by keyboard (arrows with Alt). */
import { ActionIcon, Checkbox, Group, Popover, ScrollArea, Text, TextInput } from "@mantine/core";
import { Columns3, GripVertical, Pin, PinOff } from "lucide-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { isHidden, moveColumn, orderedColumns, pinnedKeys, setHidden, setPinned, tidy } from "./columns";
import classes from "./grid.module.css";
import { SmallButton } from "./SmallButton";
import type { ColumnState, GridColumn } from "./types";

interface ColumnPickerProps<Row> {
  columns: readonly GridColumn<Row>[];
  state: ColumnState;
  onChange: (next: ColumnState) => void;
  onReset: () => void;
}

function Picker<Row>({ columns, state, onChange, onReset }: ColumnPickerProps<Row>) {
  const { t } = useTranslation();
  const hidden = columns.filter((c) => isHidden(c, state)).length;
  return (
    <Popover position="top-end" width={280} withinPortal trapFocus>
      <Popover.Target>
        <SmallButton variant="subtle" color="gray" leftSection={<Columns3 size={14} />}>
          {hidden === 0 ? t("grid.columns") : t("grid.columnsHidden", { count: hidden })}
        </SmallButton>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        <PickerList columns={columns} state={state} onChange={onChange} onReset={onReset} />
      </Popover.Dropdown>
    </Popover>
  );
}

export const ColumnPicker = memo(Picker) as typeof Picker;

function PickerList<Row>({ columns, state, onChange, onReset }: ColumnPickerProps<Row>) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [dragged, setDragged] = useState<string | null>(null);
  const ordered = orderedColumns(columns, state);
  const pins = new Set(pinnedKeys(columns, state));
  const found = ordered.filter((c) => c.label.toLowerCase().includes(query.toLowerCase()));
  const step = (key: string, by: -1 | 1) => {
    const at = ordered.findIndex((c) => c.key === key);
    const target = ordered[at + by];
    if (target) onChange(moveColumn(columns, key, target.key, by > 0, state));
  };
  return (
    <>
      {columns.length > 8 && (
        <TextInput
          size="xs"
          m={8}
          mb={0}
          placeholder={t("grid.findColumn")}
          aria-label={t("grid.findColumn")}
          value={query}
          onChange={(e) => setQuery(e.currentTarget.value)}
          data-autofocus
        />
      )}
      <ScrollArea.Autosize mah={360} p={8}>
        {found.map((column) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: dragging is the pointer's way, Alt+arrows the keyboard's
          <div
            key={column.key}
            className={classes.pickerItem}
            draggable
            onDragStart={() => setDragged(column.key)}
            onDragEnd={() => setDragged(null)}
            onDragOver={(e) => e.preventDefault()}
            onDrop={(e) => {
              const box = e.currentTarget.getBoundingClientRect();
              if (dragged)
                onChange(moveColumn(columns, dragged, column.key, e.clientY > box.top + box.height / 2, state));
            }}
            onKeyDown={(e) => {
              if (!e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
              e.preventDefault();
              step(column.key, e.key === "ArrowUp" ? -1 : 1);
            }}
          >
            <GripVertical size={13} className={classes.grip} aria-hidden />
            <Checkbox
              size="xs"
              flex={1}
              label={column.label}
              aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
              checked={!isHidden(column, state)}
              disabled={column.hideable === false}
              onChange={(e) => onChange(setHidden(column, !e.currentTarget.checked, state))}
            />
            <ActionIcon
              size={22}
              variant="subtle"
              color={pins.has(column.key) ? undefined : "gray"}
              aria-pressed={pins.has(column.key)}
              aria-label={t(pins.has(column.key) ? "grid.unpinColumn" : "grid.pinColumn", { column: column.label })}
              onClick={() => onChange(setPinned(columns, column.key, !pins.has(column.key), state))}
            >
              {pins.has(column.key) ? <PinOff size={13} /> : <Pin size={13} />}
            </ActionIcon>
          </div>
        ))}
      </ScrollArea.Autosize>
      <Group justify="space-between" className={classes.pickerFoot}>
        <Text size="xs" c="dimmed">
          {t("grid.moveHint")}
        </Text>
        <Group gap={4}>
          <SmallButton
            variant="subtle"
            onClick={() =>
              onChange(
                tidy({
                  ...state,
                  hidden: undefined,
                  shown: columns.filter((c) => c.hiddenByDefault).map((c) => c.key),
                }),
              )
            }
          >
            {t("grid.showAll")}
          </SmallButton>
          <SmallButton variant="subtle" color="gray" onClick={onReset}>
            {t("grid.reset")}
          </SmallButton>
        </Group>
      </Group>
    </>
  );
}
