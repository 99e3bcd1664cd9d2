/** Finds the row that a foreign key shall point at, by searching: never by loading them all. */
import { ActionIcon, Loader, Popover, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toQuery } from "~/kit/filter";
import { writeName } from "~/kit/filter/quoting";
import { api } from "~/lib/api";
import { rowsKey, rowsPath } from "../data";
import type { ForeignKey, Row } from "../model";
import classes from "./row.module.css";

const SHOWN = 20;

interface ForeignPickerProps {
  source: string;
  foreignKey: ForeignKey;
  onPick: (value: string) => void;
}

export function ForeignPicker(props: ForeignPickerProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      width={320}
      withinPortal
      trapFocus
      returnFocus
      zIndex={400}
    >
      <Popover.Target>
        <Tooltip label={t("explorer.findRow", { table: props.foreignKey.table })}>
          <ActionIcon
            variant="default"
            size={32}
            aria-label={t("explorer.findRow", { table: props.foreignKey.table })}
            onClick={() => setOpened((o) => !o)}
          >
            <Search size={14} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        {opened && (
          <Choices
            {...props}
            onPick={(value) => {
              setOpened(false);
              props.onPick(value);
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Choices({ source, foreignKey, onPick }: ForeignPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const target = foreignKey.target_columns[0] ?? "";
  const title = foreignKey.title_column;
  const ref = { source, schema: foreignKey.schema, table: foreignKey.table };
  const found = useQuery({
    queryKey: [...rowsKey(ref), "choices", target, title, wanted],
    queryFn: async ({ signal }) => {
      const filter =
        wanted === ""
          ? []
          : title
            ? toQuery({ items: [{ kind: "condition", column: title, op: "contains", value: wanted }] })
            : toQuery({ items: [{ kind: "condition", column: target, op: "eq", value: wanted }] });
      const select = [...new Set([target, ...(title ? [title] : [])])].map((name) => writeName(name)).join(",");
      const page = await api.list<Row>(rowsPath(ref), {
        query: [
          ...filter,
          ["select", select],
          ["limit", String(SHOWN)],
          ...(title ? [["order", writeName(title)] as [string, string]] : []),
        ],
        headers: { "Accept-Profile": ref.schema },
        prefer: ["shorten=100"],
        signal,
      });
      return page.rows;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <>
      <TextInput
        size="xs"
        data-autofocus
        aria-label={t("explorer.searchIn", { columns: title ?? target })}
        placeholder={t("explorer.searchIn", { columns: title ?? target })}
        value={text}
        onChange={(e) => setText(e.currentTarget.value)}
        rightSection={found.isFetching ? <Loader size={12} /> : null}
        onKeyDown={(e) => {
          const first = found.data?.[0];
          if (e.key !== "Enter" || !first) return;
          e.preventDefault();
          onPick(String(first[target]));
        }}
      />
      <div className={classes.choices}>
        {found.data?.map((row) => (
          <UnstyledButton
            key={String(row[target])}
            className={classes.choice}
            onClick={() => onPick(String(row[target]))}
          >
            <Text span size="xs" c="dimmed">
              {String(row[target])}
            </Text>
            {title && title !== target && <span className={classes.choiceTitle}>{String(row[title] ?? "")}</span>}
          </UnstyledButton>
        ))}
        {found.isError && (
          <Text size="xs" c="dimmed" p={6}>
            {t("explorer.peekFailed")}
          </Text>
        )}
        {found.data?.length === 0 && (
          <Text size="xs" c="dimmed" p={6}>
            {t("explorer.noChoice")}
          </Text>
        )}
      </div>
    </>
  );
}
