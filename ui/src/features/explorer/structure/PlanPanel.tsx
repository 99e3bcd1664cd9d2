/** What a change comes to: the SQL, whom it keeps waiting, what else it concerns, and the way back. */
import { Alert, Anchor, Collapse, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Check, Clock, Lock, TriangleAlert, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatCount } from "~/lib/format";
import classes from "./plan.module.css";
import { Sql } from "./Sql";
import type { Dependent, Note, Plan, Statement } from "./schema";

const asText = (statements: readonly string[]) => statements.map((sql) => `${sql};`).join("\n");

export function PlanPanel({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const [open, { toggle }] = useDisclosure(false);
  return (
    <div className={classes.plan}>
      <Sql sql={asText(plan.statements.map((one) => one.sql))} label={t("explorer.schema.copySql")} />
      <ul className={classes.facts}>
        <Locks plan={plan} />
        {plan.notes.map((note) => (
          <Fact key={note.code} icon={<TriangleAlert size={14} className={classes.warn} aria-hidden />}>
            <NoteText note={note} />
          </Fact>
        ))}
        <UsedBy used={plan.used_by} />
        {plan.lost.map((note) => (
          <Fact key={note.code + note.about} icon={<Undo2 size={14} className={classes.warn} aria-hidden />}>
            <NoteText note={note} />
          </Fact>
        ))}
        <Fact icon={<Undo2 size={14} aria-hidden />}>
          {plan.down.length > 0 ? (
            <Anchor component="button" type="button" fz={13} aria-expanded={open} onClick={toggle}>
              {t(open ? "explorer.schema.hideDown" : "explorer.schema.showDown")}
            </Anchor>
          ) : (
            t("explorer.schema.noDown")
          )}
        </Fact>
      </ul>
      <Collapse expanded={open}>
        <Sql sql={asText(plan.down)} label={t("explorer.schema.copySql")} />
      </Collapse>
    </div>
  );
}

function Fact({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li className={classes.fact}>
      {icon}
      <div>{children}</div>
    </li>
  );
}

export function NoteText({ note }: { note: Note }) {
  const { t } = useTranslation();
  return t(`explorer.schema.notes.${note.code}`, { defaultValue: note.message, about: note.about ?? "" });
}

/** The worst that one of the statements does to a table, in words. */
function Locks({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const locked = plan.statements.filter((one) => one.locks.length > 0);
  if (locked.length === 0)
    return <Fact icon={<Check size={14} className={classes.good} aria-hidden />}>{t("explorer.schema.noLock")}</Fact>;
  const tables = new Map<string, Statement[]>();
  for (const one of locked) for (const lock of one.locks) tables.set(lock.on, [...(tables.get(lock.on) ?? []), one]);
  return [...tables].map(([name, statements]) => {
    const size = plan.tables.find((one) => one.name === name);
    const busy = statements.find((one) => one.work !== "nothing");
    const locks = statements.flatMap((one) => one.locks.filter((lock) => lock.on === name));
    const worst =
      locks.find((lock) => lock.blocks === "everything") ?? locks.find((lock) => lock.blocks === "writes") ?? locks[0];
    if (!worst) return null;
    const long = busy !== undefined && worst.blocks !== "changes";
    return (
      <Fact
        key={name}
        icon={
          long ? (
            <Clock size={14} className={classes.warn} aria-hidden />
          ) : (
            <Lock size={14} className={classes.good} aria-hidden />
          )
        }
      >
        {t(`explorer.schema.blocks.${worst.blocks}`, { table: name })}{" "}
        {t(`explorer.schema.work.${busy?.work ?? "nothing"}`, { defaultValue: "" })}{" "}
        <Text span fz={12} c="dimmed">
          {worst.mode}
          {size?.rows && ` · ${t("explorer.rowCount", { rows: formatCount(Number(size.rows), true) })}`}
          {size && Number(size.bytes) > 0 && ` · ${formatBytes(Number(size.bytes))}`}
        </Text>
      </Fact>
    );
  });
}

function UsedBy({ used }: { used: readonly Dependent[] }) {
  const { t } = useTranslation();
  const groups = (["blocks", "goes", "follows"] as const)
    .map((effect) => ({ effect, all: used.filter((one) => one.effect === effect) }))
    .filter(({ all }) => all.length > 0);
  return groups.map(({ effect, all }) => (
    <Fact
      key={effect}
      icon={
        effect === "follows" ? (
          <Check size={14} className={classes.good} aria-hidden />
        ) : (
          <TriangleAlert size={14} className={effect === "blocks" ? classes.bad : classes.warn} aria-hidden />
        )
      }
    >
      {t(`explorer.schema.effect.${effect}`, { count: all.length })}
      <ul className={classes.used}>
        {all.slice(0, 20).map((one) => (
          <li key={`${one.kind} ${one.name}`}>
            <Text span fz={12} c="dimmed">
              {t(`explorer.schema.kinds.${one.kind}`, { defaultValue: one.kind })}
            </Text>{" "}
            <code>{one.name}</code>
          </li>
        ))}
        {all.length > 20 && <li>{t("explorer.schema.moreUsed", { count: all.length - 20 })}</li>}
      </ul>
    </Fact>
  ));
}

/** Nothing is planned yet, or it can't be. */
export function PlanProblem({ text, sql }: { text: string; sql?: ReactNode }) {
  return (
    <Alert color="red" p={10} role="alert">
      <Group gap={8} fz={13}>
        {text}
      </Group>
      {sql}
    </Alert>
  );
}
