/** The search field of a list; `/` leads to it from anywhere on the page (the shell sees to that, by its type). */
import { CloseButton, Kbd, TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** Wait after the last keystroke before asking the server, in milliseconds. */
const PAUSE = 250;

interface SearchFieldProps {
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
}

export function SearchField({ value, onChange, placeholder }: SearchFieldProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const send = useRef(onChange);
  send.current = onChange;

  // The address may change by itself (back button, "clear all").
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      send.current(text);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <TextInput
      ref={input}
      size="xs"
      type="search"
      w={{ xs: 260 }}
      flex={{ base: "1 1 220px", xs: "none" }}
      aria-label={t("filter.search")}
      aria-keyshortcuts="/"
      placeholder={placeholder ?? t("filter.search")}
      leftSection={<Search size={14} />}
      rightSection={
        text === "" ? (
          <Kbd size="xs" visibleFrom="sm">
            /
          </Kbd>
        ) : (
          <CloseButton size={20} aria-label={t("filter.clearSearch")} onClick={() => setText("")} />
        )
      }
      value={text}
      onChange={(e) => setText(e.currentTarget.value)}
      onKeyDown={(e) => {
        if (e.key !== "Escape") return;
        e.stopPropagation();
        if (text !== "") setText("");
        else input.current?.blur();
      }}
    />
  );
}
