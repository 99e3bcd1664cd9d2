/** Why somebody sees rows of a table, or one row: what follows for each command, and the policies that decide it. */
import { Alert, Badge, Code, Drawer, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, CircleHelp, CircleSlash, Minus, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { DetailSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import type { TableRef } from "../model";
import { PlacePicker, useName } from "./PlacePicker";
import {
  type Explained,
  type Expression,
  explainQuery,
  forgetPlaceOf,
  type JudgedPolicy,
  type Truth,
  type Verdict,
} from "./places";
import classes from "./places.module.css";

interface ExplainDrawerProps {
  tableRef: TableRef;
  place: string;
  /** The key of a row, or every row. */
  row: string[] | null;
  onPlace: (id: string) => void;
  onClose: () => void;
}

export function ExplainDrawer({ tableRef, place, row, onPlace, onClose }: ExplainDrawerProps) {
  const { t } = useTranslation();
  const explained = useQuery(explainQuery(tableRef, place, row));
  const [reason, setReason] = useState("");
  const problem = explained.isError ? toProblem(explained.error) : null;
  useEffect(() => {
    if (problem?.kind === "gone") forgetPlaceOf(place);
  }, [problem?.kind, place]);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={620}
      title={
        row
          ? t("places.explain.rowTitle", { table: tableRef.table, key: row.join(", ") })
          : t("places.explain.title", { table: tableRef.table })
      }
      closeButtonProps={{ "aria-label": t("primitives.close") }}
    >
      <Group gap={8} mb={14}>
        <Text fz={13} c="dimmed">
          {t("places.explain.as")}
        </Text>
        <PlacePicker
          source={tableRef.source}
          label={t("places.explain.as")}
          value={place}
          who={explained.data?.who}
          reason={reason}
          onChange={(id, why) => {
            setReason(why);
            onPlace(id);
          }}
        />
      </Group>
      {explained.data ? (
        <Told explained={explained.data} isRow={row !== null} />
      ) : problem?.kind === "gone" ? (
        <Alert color="yellow" role="alert" p={10}>
          {t("places.overText")}
        </Alert>
      ) : problem ? (
        <Failed problem={problem} onRetry={() => void explained.refetch()} />
      ) : (
        <DetailSkeleton />
      )}
    </Drawer>
  );
}

function Told({ explained, isRow }: { explained: Explained; isRow: boolean }) {
  const { t } = useTranslation();
  const name = useName();
  const who = name(explained.who);
  const applied = explained.policies.filter((policy) => policy.applies);
  const others = explained.policies.filter((policy) => !policy.applies);
  const closed = explained.columns.filter((column) => !column.select);
  return (
    <div className={classes.told}>
      <section className={classes.verdicts} aria-label={t("places.explain.verdicts")}>
        {explained.verdicts.map((verdict) => (
          <VerdictLine key={verdict.command} verdict={verdict} who={who} explained={explained} isRow={isRow} />
        ))}
      </section>
      {explained.row?.problem && (
        <Alert color="yellow" p={10} role="status">
          {t("places.explain.failed", { name: who, why: explained.row.problem })}
        </Alert>
      )}
      <section>
        <h3 className={classes.heading}>{t("places.explain.policies")}</h3>
        {applied.length === 0 && (
          <Text fz={13} c="dimmed">
            {explained.policies.length === 0 ? t("places.explain.noPolicies") : t("places.explain.noneApplies")}
          </Text>
        )}
        {applied.map((policy) => (
          <PolicyCard key={policy.name} policy={policy} />
        ))}
        {others.length > 0 && (
          <Text fz={12} c="dimmed" mt={8}>
            {t("places.explain.others", { role: explained.role, names: others.map((one) => one.name).join(", ") })}
          </Text>
        )}
      </section>
      <section>
        <h3 className={classes.heading}>{t("places.explain.claims")}</h3>
        <dl className={classes.facts}>
          {explained.claims.map((claim) => (
            <ClaimLine key={claim.call} claim={claim} />
          ))}
        </dl>
      </section>
      {closed.length > 0 && closed.length < explained.columns.length && (
        <Text fz={12} c="dimmed">
          {t("places.explain.closed", { name: who, columns: closed.map((column) => column.name).join(", ") })}
        </Text>
      )}
    </div>
  );
}

interface VerdictLineProps {
  verdict: Verdict;
  who: string;
  explained: Explained;
  isRow: boolean;
}

function VerdictLine({ verdict, who, explained, isRow }: VerdictLineProps) {
  const { t } = useTranslation();
  const answer = verdict.allowed === null ? "maybe" : verdict.allowed ? "yes" : "no";
  const what = isRow ? "row" : "all";
  return (
    <div className={classes.verdict} data-answer={answer}>
      <span className={classes.verdictIcon}>
        {answer === "yes" ? (
          <Check size={15} aria-hidden />
        ) : answer === "no" ? (
          <CircleSlash size={14} aria-hidden />
        ) : (
          <CircleHelp size={15} aria-hidden />
        )}
      </span>
      <div>
        <Text fz={13} fw={600}>
          {t(`places.can.${verdict.command}.${what}.${answer}`, { name: who })}
        </Text>
        <Text fz={12.5} c="dimmed">
          {t(`places.why.${verdict.why}`, {
            role: explained.role,
            owner: explained.row_security.view_of,
            policies: verdict.policies.join(", "),
            count: verdict.policies.length,
          })}
        </Text>
      </div>
    </div>
  );
}

function PolicyCard({ policy }: { policy: JudgedPolicy }) {
  const { t } = useTranslation();
  return (
    <div className={classes.policy}>
      <Group gap={6} mb={4}>
        <Text fz={13} fw={600}>
          {policy.name}
        </Text>
        <Badge size="xs" variant="light" color={policy.permissive ? "blue" : "orange"}>
          {t(policy.permissive ? "places.explain.permissive" : "explorer.schema.restrictive")}
        </Badge>
        <Text fz={12} c="dimmed">
          {t(`explorer.schema.commands.${policy.command}`)} · {policy.roles.join(", ")}
        </Text>
      </Group>
      {policy.using && <Judged name="using" expression={policy.using} />}
      {policy.check && <Judged name="check" expression={policy.check} />}
      {!policy.using && !policy.check && (
        <Text fz={12} c="dimmed">
          {t("places.explain.noExpression")}
        </Text>
      )}
    </div>
  );
}

function Judged({ name, expression }: { name: "using" | "check"; expression: Expression }) {
  const { t } = useTranslation();
  const result = expression.result;
  return (
    <div className={classes.judged}>
      <Text fz={12} c="dimmed">
        {t(`places.explain.${name}`)}
      </Text>
      <Code className={classes.expression}>{expression.sql}</Code>
      {result && (
        <Text component="div" fz={12} className={classes.truth} data-state={result.state}>
          <TruthIcon truth={result} />
          {t(`places.truth.${result.state}`)}
          {result.state === "refused" && `: ${result.reason}`}
        </Text>
      )}
    </div>
  );
}

function TruthIcon({ truth }: { truth: Truth }): ReactNode {
  switch (truth.state) {
    case "true":
      return <Check size={13} aria-hidden />;
    case "false":
      return <CircleSlash size={12} aria-hidden />;
    case "null":
      return <Minus size={13} aria-hidden />;
    default:
      return <TriangleAlert size={13} aria-hidden />;
  }
}

function ClaimLine({ claim }: { claim: Explained["claims"][number] }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>
        <code className={classes.code}>{claim.call}</code>
      </dt>
      <dd>
        {claim.problem ? (
          <Text span fz={12} c="dimmed">
            {claim.problem}
          </Text>
        ) : claim.value === null || claim.value === "" ? (
          <Text span fz={12} c="dimmed">
            {t("explorer.null")}
          </Text>
        ) : (
          <code className={classes.code}>{pretty(claim.value)}</code>
        )}
      </dd>
    </>
  );
}

function pretty(value: string): string {
  if (!value.startsWith("{")) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
