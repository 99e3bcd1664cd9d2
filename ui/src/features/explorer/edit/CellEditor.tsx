/** The editor of one cell: opens over it, checks before sending, stays open when the server refuses. */
import { Group, Kbd, Loader, Popover, Text, Tooltip } from "@mantine/core";
import { CircleSlash } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CellEditorProps, EditMove } from "~/kit/grid";
import { SmallButton } from "~/kit/grid";
import { toProblem } from "~/lib/problem";
import { fetchFull } from "../data";
import { sameValue } from "../editors/compare";
import { type Draft, draftOf, parseDraft } from "../editors/draft";
import { editorOf } from "../editors/registry";
import { keyOf } from "../key";
import { type Column, isShortened, type Row, type Table, type TableRef } from "../model";
import { shortType } from "../types-text";
import classes from "./edit.module.css";
import { InvalidText } from "./InvalidText";

/** What the grid passes on to the page when a cell was edited. */
export interface CellChange {
  value: unknown;
  base: unknown;
  version: string | undefined;
}

interface Props extends CellEditorProps<Row> {
  tableRef: TableRef;
  table: Table;
  field: Column;
}

interface Start {
  base: unknown;
  version: string | undefined;
}

export function CellEditor({ tableRef, table, field, row, commit, cancel, saving, error }: Props) {
  const { t } = useTranslation();
  const stored = row[field.name];
  const partial = isShortened(stored);
  const [start, setStart] = useState<Start | null>(partial ? null : { base: stored, version: row.$version });
  const [draft, setDraft] = useState<Draft | null>(partial ? null : draftOf(stored, field));
  const [failed, setFailed] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const { Input, multiline } = editorOf(field.category);

  useEffect(() => {
    if (!partial) return;
    let gone = false;
    fetchFull(tableRef, table, keyOf(table, row) ?? "", [field]).then(
      (full) => {
        if (gone) return;
        if (!full) return setFailed(t("explorer.rowGone"));
        const value = full[field.name];
        setStart({ base: value, version: full.$version });
        setDraft(draftOf(value, field));
      },
      (problem: unknown) => !gone && setFailed(toProblem(problem).message),
    );
    return () => {
      gone = true;
    };
  }, [partial, tableRef, table, row, field, t]);

  const parsed = draft && parseDraft(draft, field);
  const changed = draft !== null && start !== null && !(parsed?.ok && sameValue(field, parsed.value, start.base));

  const send = (move: EditMove) => {
    if (!draft || !start || saving) return;
    setTried(true);
    if (!parsed?.ok) return;
    if (!changed) return cancel();
    void commit({ value: parsed.value, base: start.base, version: start.version } satisfies CellChange, move);
  };
  const setNull = () => field.nullable && setDraft({ text: "", isNull: true });

  const onKeyDown = (e: KeyboardEvent<HTMLElement>) => {
    const ctrl = e.ctrlKey || e.metaKey;
    if (e.key === "Escape") cancel();
    else if (e.key === "Backspace" && ctrl) setNull();
    else if (e.key === "Enter" && (ctrl || (!multiline && !e.shiftKey && !(e.target instanceof HTMLButtonElement))))
      send(ctrl ? "stay" : "down");
    else if (e.key === "Tab" && !multiline && !(e.target instanceof HTMLButtonElement))
      send(e.shiftKey ? "previous" : "next");
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  return (
    <Popover
      opened
      position="bottom-start"
      offset={{ mainAxis: -36, crossAxis: -1 }}
      width={multiline ? 440 : 360}
      withinPortal
      trapFocus={false}
      closeOnEscape={false}
      onDismiss={() => (changed ? send("stay") : cancel())}
    >
      <Popover.Target>
        <div className={classes.anchor} />
      </Popover.Target>
      <Popover.Dropdown p={0} maw="calc(100vw - 24px)" onKeyDown={onKeyDown}>
        <Panel ready={draft !== null}>
          {draft ? (
            <Input
              column={field}
              text={draft.text}
              isNull={draft.isNull}
              onText={(text) => setDraft({ text, isNull: false })}
              label={field.name}
              invalid={(tried && parsed?.ok === false) || error !== null}
              disabled={saving}
              autoFocus
              dense
            />
          ) : failed ? null : (
            <Group gap={8} p={6}>
              <Loader size="xs" />
              <Text size="xs">{t("explorer.loadingFull")}</Text>
            </Group>
          )}
          {(tried || (draft && !draft.isNull && draft.text !== "")) && parsed && !parsed.ok && (
            <InvalidText code={parsed.code} params={parsed.params} />
          )}
          {(error ?? failed) && (
            <div className={classes.error} role="alert">
              {error ?? failed}
            </div>
          )}
          <div className={classes.panelFoot}>
            <span className={classes.hint}>
              {shortType(field.type)} · <Kbd size="xs">{multiline ? "Ctrl ⏎" : "⏎"}</Kbd> {t("explorer.saves")}
            </span>
            <Group gap={4} wrap="nowrap">
              <Tooltip label={field.nullable ? t("explorer.setNullKey") : t("explorer.invalid.notNull")}>
                <SmallButton
                  variant={draft?.isNull ? "light" : "subtle"}
                  color="gray"
                  leftSection={<CircleSlash size={12} />}
                  data-disabled={!field.nullable || undefined}
                  aria-disabled={!field.nullable}
                  onClick={setNull}
                >
                  {t("explorer.setNull")}
                </SmallButton>
              </Tooltip>
              <SmallButton variant="default" onClick={cancel}>
                {t("explorer.cancel")}
              </SmallButton>
              <SmallButton loading={saving} disabled={!draft} onClick={() => send("stay")}>
                {t("explorer.save")}
              </SmallButton>
            </Group>
          </div>
        </Panel>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The body of the editor. It is mounted later than the editor itself (a portal), so it fetches the focus by itself. */
function Panel({ ready, children }: { ready: boolean; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!ready) return;
    const target = box.current?.querySelector<HTMLElement>("input:not([aria-hidden]),textarea,.cm-content,button");
    target?.focus();
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) target.select();
  }, [ready]);
  return (
    <div ref={box} className={classes.panel}>
      {children}
    </div>
  );
}
