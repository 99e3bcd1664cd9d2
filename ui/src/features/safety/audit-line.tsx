import { Button, Code, Group, Text, UnstyledButton } from "@mantine/core";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ActorName, AuditDiff, type AuditRow, actionWords, OutcomeBadge, TargetName } from "~/kit/resource/audit-entry";
import { formatDateTime } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import { useMeta } from "~/lib/meta";
import { CopyButton } from "~/primitives/copy-button";
import { type Fact, KeyFacts } from "~/primitives/key-facts";
import { RelativeTime } from "~/primitives/relative-time";
import classes from "./audit.module.css";
import { UndoChange } from "./undo-change";

interface AuditLineProps {
  entry: AuditRow;
  open: boolean;
  onToggle: () => void;
  /** Shows only what has this in common. */
  onOnly: (column: string, value: string) => void;
}

export function AuditLine({ entry, open, onToggle, onOnly }: AuditLineProps) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const panel = `audit-${entry.id}`;
  return (
    <li className={classes.entry} data-open={open || undefined}>
      <UnstyledButton className={classes.line} aria-expanded={open} aria-controls={panel} onClick={onToggle}>
        <ChevronRight size={14} aria-hidden className={classes.chevron} />
        <span className={classes.when}>
          <RelativeTime value={entry.at} />
        </span>
        <span className={classes.who}>
          <ActorName entry={entry} />
        </span>
        <span className={classes.what}>{actionWords(meta, labels, entry)}</span>
        <span className={classes.target}>
          <TargetName entry={entry} link={false} />
        </span>
        <span>
          {entry.outcome === "ok" ? (
            <Text span c="dimmed" fz="inherit">
              {t("audit.outcomes.ok")}
            </Text>
          ) : (
            <OutcomeBadge entry={entry} />
          )}
        </span>
      </UnstyledButton>
      {open && (
        <div id={panel} className={classes.panel}>
          <Details entry={entry} onOnly={onOnly} />
        </div>
      )}
    </li>
  );
}

function Details({ entry, onOnly }: Pick<AuditLineProps, "entry" | "onOnly">) {
  const { t } = useTranslation();
  const copied = (value: string) => (
    <Group gap={2} wrap="nowrap" display="inline-flex">
      <Code fz={11}>{value}</Code>
      <CopyButton value={value} />
    </Group>
  );
  const facts: Fact[] = [
    { key: "at", label: t("auditLog.when"), value: formatDateTime(entry.at) },
    { key: "target", label: t("auditLog.target"), value: <TargetName entry={entry} /> },
    { key: "action", label: t("auditLog.action"), value: <Code fz={11}>{entry.action}</Code> },
    ...(entry.address
      ? [{ key: "address", label: t("auditLog.address"), value: <Code fz={11}>{entry.address}</Code> }]
      : []),
    ...(entry.request_id ? [{ key: "request", label: t("states.requestId"), value: copied(entry.request_id) }] : []),
    { key: "place", label: t("auditLog.place"), value: <Code fz={11}>{entry.chain}</Code> },
  ];
  const detail = entry.detail === null || entry.detail === undefined ? null : entry.detail;
  return (
    <>
      <KeyFacts facts={facts} />
      <AuditDiff entry={entry} />
      {detail !== null && (
        <Text component="div" fz={12}>
          {typeof detail === "string" ? detail : <Code block>{JSON.stringify(detail, null, 2)}</Code>}
        </Text>
      )}
      <Group gap={6}>
        {(["request_id", "actor_id", "subject_id", "target_id", "address"] as const).map((column) => {
          const value = entry[column];
          return value ? (
            <Button key={column} size="compact-xs" variant="default" onClick={() => onOnly(column, value)}>
              {t(`auditLog.only.${column}`)}
            </Button>
          ) : null;
        })}
      </Group>
      <UndoChange entry={entry} />
    </>
  );
}
