// One row of the audit log in words, and its before → after. Used wherever history is shown.
import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { FieldValue } from "~/kit/fields";
import { humanize, type Labels, useLabels } from "~/lib/labels";
import { type FieldMeta, type Meta, type Row, resourceNamed, useMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { NullValue } from "~/primitives/null-value";
import { StatusBadge } from "~/primitives/status-badge";
import { ValueDiff } from "~/primitives/value-diff";

export interface AuditRow extends Row {
  id: string;
  at: string;
  chain: string;
  actor_kind: string;
  actor_id: string | null;
  actor_label: string | null;
  subject_id: string | null;
  subject_label: string | null;
  action: string;
  target_kind: string | null;
  target_id: string | null;
  target_label: string | null;
  changes: Record<string, { before?: unknown; after?: unknown }> | null;
  outcome: string;
  request_id: string | null;
  address: string | null;
  detail: unknown;
}

/** `staff.suspend` → the label of that action, or the words of its name. */
export function actionWords(meta: Meta, labels: Labels, entry: AuditRow): string {
  const [first = "", ...rest] = entry.action.split(/[.:]/);
  const name = rest.length > 0 ? rest.join(".") : first;
  const resource = resourceNamed(meta, rest.length > 0 ? first : (entry.target_kind ?? ""));
  const action = resource?.actions.find((one) => one.name === name);
  // Some things happen that are no action of the registry (signing in); they are worded by their name.
  return labels.action(resource?.name ?? first, action ?? { name, label: humanize(name) });
}

/** Only what did not go well needs a mark. */
export function OutcomeBadge({ entry }: { entry: AuditRow }) {
  const { t } = useTranslation();
  if (entry.outcome === "ok") return null;
  return (
    <StatusBadge color={entry.outcome === "started" ? "gray" : "red"}>
      {t(`audit.outcomes.${entry.outcome}`, { defaultValue: entry.outcome })}
    </StatusBadge>
  );
}

/** Outside of the platform's own administration it is said of its staff that they are. */
export function ActorName({ entry }: { entry: AuditRow }) {
  const { t } = useTranslation();
  const { kind } = useSurface();
  const name = entry.actor_label ?? t(`audit.actors.${entry.actor_kind}`, { defaultValue: humanize(entry.actor_kind) });
  const actor = entry.actor_kind === "staff" && kind !== "platform" ? t("audit.ofPlatform", { name }) : name;
  if (!entry.subject_label) return <>{actor}</>;
  return <>{t("audit.asSubject", { actor, subject: entry.subject_label })}</>;
}

/** What was done to what and by whom, in one line. */
export function EntryWords({ entry }: { entry: AuditRow }) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  return (
    <span>
      <strong>{actionWords(meta, labels, entry)}</strong>{" "}
      {entry.target_kind && <TargetName entry={entry} link={false} />}{" "}
      <Text span c="dimmed" fz="inherit">
        {t("audit.by")} <ActorName entry={entry} />
      </Text>{" "}
      <OutcomeBadge entry={entry} />
    </span>
  );
}

/** A row of a table, by the table's address: `source.schema.table`, then the key. */
function RowName({ entry, table, link }: { entry: AuditRow; table: string[]; link: boolean }) {
  const { base, kind } = useSurface();
  const address = `${base}/tables/${[table[0] ?? "", table[1] ?? "", table.slice(2).join(".")].map(encodeURIComponent).join("/")}`;
  const shown = entry.target_kind ?? "";
  return (
    <>
      {link && kind === "platform" ? (
        <Anchor component={Link} to={address} fz="inherit">
          {shown}
        </Anchor>
      ) : (
        shown
      )}{" "}
      {entry.target_id ?? ""}
    </>
  );
}

export function TargetName({ entry, link = true }: { entry: AuditRow; link?: boolean }) {
  const meta = useMeta();
  const labels = useLabels();
  const { base } = useSurface();
  if (!entry.target_kind) return <NullValue />;
  const table = entry.target_kind.split(".");
  if (table.length >= 3) return <RowName entry={entry} table={table} link={link} />;
  const resource = resourceNamed(meta, entry.target_kind);
  const kind = resource ? labels.singular(resource) : labels.kind(entry.target_kind);
  const name = entry.target_label ?? entry.target_id ?? "";
  const linked = link && resource && entry.target_id && entry.action !== `${entry.target_kind}.delete`;
  return (
    <>
      <Text span c="dimmed" fz="inherit">
        {kind}
      </Text>{" "}
      {linked ? (
        <Anchor
          component={Link}
          to={`${base}/${resource.name}/${encodeURIComponent(entry.target_id ?? "")}`}
          fz="inherit"
        >
          {name}
        </Anchor>
      ) : (
        name
      )}
    </>
  );
}

const PLAIN: Omit<FieldMeta, "name" | "label"> = {
  type: "json",
  help: null,
  required: false,
  nullable: true,
  unique: false,
  secret: false,
  editable: "never",
  filter: false,
  sort: false,
  search: false,
  in_list: false,
  in_detail: false,
  min: null,
  max: null,
  suffix: null,
  references: null,
};

export function AuditDiff({ entry }: { entry: AuditRow }) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const resource = resourceNamed(meta, entry.target_kind ?? "");
  const changes = Object.entries(entry.changes ?? {});
  if (changes.length === 0) {
    return (
      <Text fz={12} c="dimmed">
        {t("audit.noChanges")}
      </Text>
    );
  }
  return (
    <ValueDiff
      changes={changes.map(([name, change]) => {
        const field: FieldMeta = resource?.fields.find((one) => one.name === name) ?? {
          ...PLAIN,
          name,
          label: humanize(name),
          type: typeof (change.after ?? change.before) === "object" ? "json" : "text",
        };
        const scope = resource?.name ?? "";
        const cell = (value: unknown) =>
          value === null || value === undefined ? null : (
            <FieldValue field={field} scope={scope} value={value} dense={field.type !== "datetime"} />
          );
        return { key: name, label: labels.field(scope, field), before: cell(change.before), after: cell(change.after) };
      })}
    />
  );
}
