/** The drafts as tabs: chosen, renamed with a double click or F2, closed, added. */
import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./console.module.css";
import { useRun } from "./runs";
import type { Tab, Tabs } from "./tabs";

export function ConsoleTabs({ tabs }: { tabs: Tabs }) {
  const { t } = useTranslation();
  const move = (e: KeyboardEvent, by: -1 | 1) => {
    const at = tabs.tabs.findIndex((tab) => tab.id === tabs.current.id);
    const next = tabs.tabs[at + by];
    if (!next) return;
    e.preventDefault();
    tabs.choose(next.id);
    document.getElementById(`sql-tab-${next.id}`)?.focus();
  };
  return (
    <div className={classes.tabs}>
      <div
        role="tablist"
        aria-label={t("explorer.sql.tabs")}
        className={classes.tabList}
        onKeyDown={(e) => {
          if (e.target instanceof HTMLInputElement) return;
          if (e.key === "ArrowLeft") move(e, -1);
          if (e.key === "ArrowRight") move(e, 1);
        }}
      >
        {tabs.tabs.map((tab) => (
          <OneTab key={tab.id} tab={tab} tabs={tabs} />
        ))}
      </div>
      <Tooltip label={t("explorer.sql.newTab")}>
        <ActionIcon
          size={26}
          variant="subtle"
          color="gray"
          aria-label={t("explorer.sql.newTab")}
          onClick={() => tabs.add()}
        >
          <Plus size={15} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function OneTab({ tab, tabs }: { tab: Tab; tabs: Tabs }) {
  const { t } = useTranslation();
  const [naming, setNaming] = useState(false);
  const running = useRun(tab.id)?.running ?? false;
  const active = tab.id === tabs.current.id;
  const name = (text: string) => {
    if (text.trim() !== "") tabs.change(tab.id, { name: text.trim().slice(0, 80) });
    setNaming(false);
  };
  if (naming)
    return (
      <TextInput
        size="xs"
        w={140}
        autoFocus
        aria-label={t("explorer.sql.rename")}
        defaultValue={tab.name}
        onFocus={(e) => e.currentTarget.select()}
        onBlur={(e) => name(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") name(e.currentTarget.value);
          if (e.key === "Escape") setNaming(false);
        }}
      />
    );
  return (
    <div className={classes.tab} data-active={active || undefined}>
      <button
        type="button"
        role="tab"
        id={`sql-tab-${tab.id}`}
        aria-selected={active}
        aria-keyshortcuts="F2 Delete"
        tabIndex={active ? 0 : -1}
        title={t("explorer.sql.renameHelp")}
        onClick={() => tabs.choose(tab.id)}
        onDoubleClick={() => setNaming(true)}
        onKeyDown={(e) => {
          if (e.key === "F2") setNaming(true);
          if (e.key === "Delete") tabs.close(tab.id);
        }}
      >
        {running && <span className={classes.pulse} aria-hidden />}
        {tab.name}
      </button>
      {/* For the mouse: a list of tabs may hold nothing else, and the keyboard has Delete. */}
      <button
        type="button"
        className={classes.closeTab}
        tabIndex={-1}
        aria-hidden
        title={t("explorer.sql.closeTab", { name: tab.name })}
        onClick={() => tabs.close(tab.id)}
      >
        <X size={12} aria-hidden />
      </button>
    </div>
  );
}
