/** One row beside its list: all fields, what it points at, what points at it, the raw JSON; and its form. */
import { ActionIcon, Drawer, Group, Tabs, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Pencil, Trash2, Undo2 } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { CopyButton } from "~/primitives/copy-button";
import { DetailSkeleton } from "~/primitives/skeletons";
import { Failed, NotFound } from "~/primitives/states";
import { rowQuery } from "../data";
import type { RowChange } from "../edit/useSave";
import { History } from "../history/History";
import type { Undo } from "../history/useUndo";
import { keyFilter, keyValues } from "../key";
import type { Row, Table, TableRef } from "../model";
import { ExplainButton } from "../places/ExplainButton";
import { overlay, type StagedRow } from "../staged/staged";
import { CopyRows } from "../table/CopyRows";
import { EditForm } from "./EditForm";
import { Fields } from "./Fields";
import { RawJson, rowJson } from "./RawJson";
import { References } from "./References";
import classes from "./row.module.css";
import { useFullRow } from "./useFullRow";

interface RowDrawerProps {
  tableRef: TableRef;
  table: Table;
  /** From the address; undefined = closed. */
  rowKey: string | undefined;
  rows: readonly Row[];
  keys: readonly string[];
  save: (change: RowChange) => Promise<Row>;
  onOpen: (key: string | undefined) => void;
  onDelete: (key: string) => void;
  undo: Undo;
  /** What is collected of the open row. */
  collected: StagedRow | undefined;
  collecting: boolean;
  /** Set while a form is open here, so that a click on the list doesn't throw it away. */
  busy: RefObject<boolean>;
}

export function RowDrawer(props: RowDrawerProps) {
  const { t } = useTranslation();
  const { rowKey, keys, onOpen } = props;
  const small = useMediaQuery("(max-width: 62em)", undefined, { getInitialValueInEffect: false });
  const at = rowKey === undefined ? -1 : keys.indexOf(rowKey);
  const [editing, setEditing] = useState<string | true | null>(null);
  // An open form with changes asks before it lets the address change.
  const go = onOpen;
  useEffect(() => {
    props.busy.current = editing !== null;
  }, [props.busy, editing]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row by the back button leaves the form
  useEffect(() => setEditing(null), [rowKey]);

  return (
    <Drawer.Root
      opened={rowKey !== undefined}
      onClose={() => go(undefined)}
      position="right"
      size={560}
      keepMounted={false}
      // Beside the list, not over it: the list stays usable, and the arrow keys there step from row to row.
      trapFocus={small}
      lockScroll={small}
      returnFocus={small}
      closeOnEscape={small}
      closeOnClickOutside={small}
    >
      {small && <Drawer.Overlay backgroundOpacity={0.2} />}
      <Drawer.Content
        aria-label={t("explorer.rowOf", { table: props.table.name })}
        aria-modal={small}
        className={classes.drawer}
        onKeyDown={(e) => {
          if (e.key === "Escape" && !e.defaultPrevented && !small) go(undefined);
        }}
      >
        <Drawer.Header className={classes.head}>
          <Group gap={2} wrap="nowrap">
            <Step label={t("explorer.previousRow")} to={at > 0 ? keys[at - 1] : undefined} onGo={go}>
              <ChevronUp size={16} aria-hidden />
            </Step>
            <Step label={t("explorer.nextRow")} to={at >= 0 ? keys[at + 1] : undefined} onGo={go}>
              <ChevronDown size={16} aria-hidden />
            </Step>
            <Drawer.Title className={classes.title}>
              {props.table.name} <span className={classes.key}>{rowKey}</span>
            </Drawer.Title>
          </Group>
          <Drawer.CloseButton aria-label={t("primitives.close")} />
        </Drawer.Header>
        <Drawer.Body p={0}>
          {rowKey !== undefined && (
            <Opened {...props} rowKey={rowKey} index={at} editing={editing} onEditing={setEditing} key={rowKey} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

interface OpenedProps extends RowDrawerProps {
  rowKey: string;
  index: number;
  editing: string | true | null;
  onEditing: (field: string | true | null) => void;
}

function Opened(props: OpenedProps) {
  const { tableRef, table, rowKey, index, rows } = props;
  const keyed = table.primary_key.length > 0;
  const listed = index >= 0 ? rows[index] : undefined;
  const query = useQuery({ ...rowQuery(tableRef, table, rowKey), enabled: keyed, placeholderData: listed });
  const row = keyed ? query.data : listed;
  if (query.isError && !row) return <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />;
  if (row === undefined && keyed) {
    return (
      <div className={classes.form}>
        <DetailSkeleton />
      </div>
    );
  }
  if (!row) return <NotFound />;
  return <Found {...props} row={row} />;
}

function Found(props: OpenedProps & { row: Row }) {
  const { tableRef, table, rowKey, editing, onEditing, collected } = props;
  const { t } = useTranslation();
  const doomed = props.collecting && collected?.fate != null;
  const readOnly = table.update.allowed
    ? doomed
      ? t("explorer.staged.doomed")
      : null
    : (toldReason(table.update.reason) ?? null);
  const keyed = table.primary_key.length > 0;
  const whole = useFullRow(tableRef, table, props.row, rowKey);
  const row = overlay(whole, collected);
  const one = keyed ? keyFilter(table, rowKey) : undefined;
  if (editing) {
    return (
      <EditForm
        tableRef={tableRef}
        table={table}
        rowKey={rowKey}
        focus={editing === true ? undefined : editing}
        save={props.save}
        collected={props.collecting ? collected : undefined}
        onDone={(key) => {
          onEditing(null);
          if (key !== undefined && key !== rowKey) props.onOpen(key);
        }}
        onCancel={() => onEditing(null)}
      />
    );
  }
  return (
    <Tabs defaultValue="fields" keepMounted={false}>
      {collected && (
        <div className={classes.collected} data-fate={collected.fate ?? undefined} role="status">
          {t(`explorer.staged.mark.${collected.fate ?? "changed"}`)}
        </div>
      )}
      <div className={classes.tabs}>
        <Tabs.List>
          <Tabs.Tab value="fields">{t("explorer.fields")}</Tabs.Tab>
          {table.referenced_by.length > 0 && keyed && (
            <Tabs.Tab value="references">{t("explorer.referencedBy")}</Tabs.Tab>
          )}
          {keyed && !table.panel && <Tabs.Tab value="history">{t("explorer.history.tab")}</Tabs.Tab>}
          <Tabs.Tab value="json">JSON</Tabs.Tab>
        </Tabs.List>
        <Group gap={4} ml="auto" wrap="nowrap">
          <Why reason={readOnly}>
            <SmallButton
              variant="subtle"
              leftSection={<Pencil size={13} />}
              disabled={!table.update.allowed || doomed}
              onClick={() => onEditing(true)}
            >
              {t("explorer.edit")}
            </SmallButton>
          </Why>
          <Why reason={table.delete.allowed ? null : (toldReason(table.delete.reason) ?? null)}>
            <ActionIcon
              size={28}
              variant="subtle"
              color={doomed ? "gray" : "red"}
              disabled={!table.delete.allowed}
              aria-label={t(doomed ? "explorer.staged.spareRow" : "explorer.deleteRow")}
              title={doomed ? t("explorer.staged.spareRow") : undefined}
              onClick={() => props.onDelete(rowKey)}
            >
              {doomed ? <Undo2 size={14} /> : <Trash2 size={14} />}
            </ActionIcon>
          </Why>
          {keyed && !table.panel && <ExplainButton tableRef={tableRef} row={keyValues(table, rowKey) ?? null} />}
          {one && <CopyRows tableRef={tableRef} query={one} quiet />}
          <CopyButton value={rowJson(table, row)} label={t("explorer.copyRow")} />
        </Group>
      </div>
      <Tabs.Panel value="fields">
        <Fields source={tableRef.source} table={table} row={row} onEdit={onEditing} />
      </Tabs.Panel>
      <Tabs.Panel value="references">
        <References tableRef={tableRef} table={table} row={row} rowKey={rowKey} />
      </Tabs.Panel>
      <Tabs.Panel value="history">
        <History tableRef={tableRef} table={table} rowKey={rowKey} undo={props.undo} />
      </Tabs.Panel>
      <Tabs.Panel value="json">
        <RawJson table={table} row={row} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Step(props: { label: string; to: string | undefined; onGo: (key: string) => void; children: ReactNode }) {
  return (
    <Tooltip label={props.label}>
      <ActionIcon
        size={28}
        variant="subtle"
        color="gray"
        aria-label={props.label}
        disabled={props.to === undefined}
        onClick={() => props.to !== undefined && props.onGo(props.to)}
      >
        {props.children}
      </ActionIcon>
    </Tooltip>
  );
}

function Why({ reason, children }: { reason: string | null; children: ReactNode }) {
  return <span title={reason ?? undefined}>{children}</span>;
}
