/** A plan as a tree: where the time goes, what was expected and what came, and in words what could be better. */
import { Text } from "@mantine/core";
import { Info, Lightbulb } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatCount, formatNumber } from "~/lib/format";
import { type Hint, type PlanNode, readPlan } from "./plan";
import classes from "./plan.module.css";

/** Share of the whole from which a node counts as costly. */
const COSTLY = 0.2;

export function PlanView({ text }: { text: string }) {
  const { t } = useTranslation();
  const plan = useMemo(() => readPlan(text), [text]);
  const [open, setOpen] = useState<string | null>(null);
  if (!plan) return <pre className={classes.raw}>{text}</pre>;
  const ran = plan.execution !== null;
  const hints = plan.nodes.flatMap((node) => node.hints.filter((hint) => hint.strong).map((hint) => ({ node, hint })));
  return (
    <div className={classes.plan}>
      <div className={classes.facts}>
        {plan.execution !== null && (
          <Fact label={t("explorer.sql.plan.execution")} value={milliseconds(plan.execution)} />
        )}
        {plan.planning !== null && <Fact label={t("explorer.sql.plan.planning")} value={milliseconds(plan.planning)} />}
        {plan.triggers.map((trigger) => (
          <Fact key={trigger.name} label={trigger.name} value={`${milliseconds(trigger.time)} · ${trigger.calls}×`} />
        ))}
        {!ran && <span>{t("explorer.sql.plan.onlyPlanned")}</span>}
      </div>
      {hints.length > 0 && (
        <ul className={classes.hints}>
          {hints.map(({ node, hint }) => (
            <li key={`${node.id}${hint.kind}`}>
              <Lightbulb size={14} aria-hidden />
              <span>{say(t, hint)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className={classes.tree}>
        <div className={classes.head}>
          <span>{t("explorer.sql.plan.step")}</span>
          <span>{t(ran ? "explorer.sql.plan.time" : "explorer.sql.plan.cost")}</span>
          <span>{t("explorer.sql.plan.estimated")}</span>
          <span>{t("explorer.sql.plan.actual")}</span>
        </div>
        {plan.nodes.map((node) => (
          <Node
            key={node.id}
            node={node}
            open={open === node.id}
            onOpen={() => setOpen(open === node.id ? null : node.id)}
          />
        ))}
      </div>
    </div>
  );
}

function Node({ node, open, onOpen }: { node: PlanNode; open: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const off = node.hints.some((hint) => hint.kind === "misestimate");
  return (
    <div className={classes.node} data-costly={node.share >= COSTLY || undefined}>
      <button type="button" className={classes.line} aria-expanded={open} onClick={onOpen}>
        <span className={classes.step} style={{ paddingLeft: 10 + node.depth * 18 }}>
          {node.depth > 0 && <span className={classes.branch} style={{ left: node.depth * 18 - 4 }} aria-hidden />}
          <strong>{node.name}</strong>
          {node.about && <span className={classes.about}>{node.about}</span>}
          {node.hints.some((hint) => hint.strong) && <Lightbulb size={13} className={classes.bulb} aria-hidden />}
        </span>
        <span className={classes.time}>
          <span className={classes.bar} aria-hidden>
            <span style={{ width: `${Math.max(1, node.share * 100)}%` }} />
          </span>
          <span className={classes.number}>{node.own === null ? node.cost.toFixed(1) : milliseconds(node.own)}</span>
        </span>
        <span className={classes.number}>{formatCount(node.estimated, true)}</span>
        <span className={classes.number} data-off={off || undefined}>
          {/* What each of several rounds gave is known on average only. */}
          {node.actual === null ? "–" : formatCount(node.actual / Math.max(1, node.loops), node.loops > 1)}
          {node.loops > 1 && <span className={classes.loops}> ×{formatCount(node.loops, false)}</span>}
        </span>
      </button>
      {open && (
        <div className={classes.more} style={{ paddingLeft: 10 + node.depth * 18 }}>
          {node.conditions.map((condition) => (
            <div key={condition.label}>
              <Text span inherit c="dimmed">
                {condition.label}{" "}
              </Text>
              <code>{condition.text}</code>
            </div>
          ))}
          {node.total !== null && (
            <div>
              {t("explorer.sql.plan.withBelow", { time: milliseconds(node.total), own: milliseconds(node.own ?? 0) })}
            </div>
          )}
          {node.read !== null && node.hit !== null && (
            <div>{t("explorer.sql.plan.blocks", { read: formatBytes(node.read), hit: formatBytes(node.hit) })}</div>
          )}
          <div>{t("explorer.sql.plan.costs", { cost: node.cost.toFixed(2) })}</div>
          {node.hints.map((hint) => (
            <div key={hint.kind} className={classes.hint}>
              {hint.strong ? <Lightbulb size={13} aria-hidden /> : <Info size={13} aria-hidden />} {say(t, hint)}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <span>
      {label} <strong>{value}</strong>
    </span>
  );
}

type Say = ReturnType<typeof useTranslation>["t"];

function say(t: Say, hint: Hint): string {
  const shown = Object.fromEntries(
    Object.entries(hint.values).map(([name, value]) => [name, typeof value === "number" ? formatNumber(value) : value]),
  );
  return t(`explorer.sql.hint.${hint.kind}`, shown);
}

export function milliseconds(time: number): string {
  if (time >= 10_000) return `${(time / 1000).toFixed(1)} s`;
  if (time >= 100) return `${Math.round(time)} ms`;
  return `${time.toFixed(time >= 10 ? 1 : 2)} ms`;
}
