/** What two people see differently of one table: columns, policies, counts, and the rows that only one of them sees. */
import { Alert, Badge, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowLeftRight, RefreshCw, Users } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { useAddress } from "~/kit/resource/address";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useVisited } from "~/lib/visited";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, StateBlock } from "~/primitives/states";
import { askedToCompare } from "../asked";
import { tablePath } from "../cells/foreign";
import { tableQuery } from "../data";
import { useCurrentTable } from "../ExplorerLayout";
import type { TableRef } from "../model";
import { TreeButton } from "../tree/TreeButton";
import { ColumnsSeen } from "./ColumnsSeen";
import { ExplainDrawer } from "./ExplainDrawer";
import { PairRows } from "./PairRows";
import { PlacePicker, useName } from "./PlacePicker";
import { type By, type Compared, compareQuery, forgetPlaceOf, OWN, type Seen } from "./places";
import classes from "./places.module.css";

export function ComparePage() {
  const { current } = useCurrentTable();
  const { source = "", schema = "", table = "" } = current ?? {};
  return <Page key={`${source}/${schema}/${table}`} tableRef={{ source, schema, table }} />;
}

function Page({ tableRef }: { tableRef: TableRef }) {
  const { t } = useTranslation();
  const address = useAddress();
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const first = address.get("first") ?? OWN;
  const second = address.get("second");
  const compared = useQuery({ ...compareQuery(tableRef, first, second ?? ""), enabled: second !== undefined });
  const problem = compared.isError ? toProblem(compared.error) : null;
  useVisited(t("places.compare.visited", { table: tableRef.table }));
  const gone = problem?.kind === "gone";
  useEffect(() => {
    if (gone) for (const id of [first, second]) if (id && id !== OWN) forgetPlaceOf(id);
  }, [gone, first, second]);
  const pick = (side: "first" | "second") => (id: string, why: string) => {
    setReason(why);
    address.set({ [side]: id, why: undefined });
  };
  const picker = (side: "first" | "second", value: string | undefined) => (
    <PlacePicker
      source={tableRef.source}
      label={t(`places.compare.${side}`)}
      value={value}
      who={compared.data?.[side].who}
      reason={reason}
      onChange={pick(side)}
    />
  );
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div style={{ minWidth: 0 }}>
          <Group gap={8} wrap="nowrap">
            <TreeButton />
            <Text component="h1" fz={18} fw={600} m={0} data-page-title tabIndex={-1}>
              {t("places.compare.title", {
                table: tableRef.schema === "public" ? tableRef.table : `${tableRef.schema}.${tableRef.table}`,
              })}
            </Text>
          </Group>
          <Text fz={12} c="dimmed">
            {t("places.compare.description")}
          </Text>
        </div>
        <Group gap={8}>
          {compared.data && <CopyAs asked={askedToCompare(tableRef, compared.data)} />}
          <Button
            size="xs"
            variant="default"
            leftSection={<ArrowLeft size={14} aria-hidden />}
            onClick={() => void navigate({ to: tablePath(tableRef) })}
          >
            {t("places.compare.back")}
          </Button>
        </Group>
      </div>
      <div className={classes.pickers}>
        {picker("first", first)}
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={t("places.compare.swap")}
          title={t("places.compare.swap")}
          disabled={!second}
          onClick={() => address.set({ first: second, second: first })}
        >
          <ArrowLeftRight size={14} aria-hidden />
        </Button>
        {picker("second", second)}
        {second !== undefined && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<RefreshCw size={13} aria-hidden />}
            loading={compared.isFetching}
            onClick={() => void compared.refetch()}
          >
            {t("places.compare.again")}
          </Button>
        )}
      </div>
      {second === undefined ? (
        <StateBlock icon={<Users size={20} aria-hidden />} title={t("places.compare.who")}>
          {t("places.compare.whoText")}
        </StateBlock>
      ) : compared.data ? (
        <Found tableRef={tableRef} first={first} second={second} compared={compared.data} />
      ) : gone ? (
        <StateBlock icon={<Users size={20} aria-hidden />} title={t("places.over")} role="alert">
          {t("places.overText")}
        </StateBlock>
      ) : problem ? (
        <Failed problem={problem} onRetry={() => void compared.refetch()} />
      ) : (
        <ListSkeleton rows={8} columns={4} />
      )}
    </div>
  );
}

interface FoundProps {
  tableRef: TableRef;
  first: string;
  second: string;
  compared: Compared;
}

function Found({ tableRef, first, second, compared }: FoundProps) {
  const { t } = useTranslation();
  const name = useName();
  const address = useAddress();
  const table = useQuery(tableQuery(tableRef));
  const client = useQueryClient();
  const counts = compared.counts;
  const asked = address.get("rows") as By | undefined;
  const by: By = asked ?? (counts && counts.first === 0 && counts.second > 0 ? "second" : "first");
  const names = { first: name(compared.first.who), second: name(compared.second.who) };
  const count = (one: By) => (counts ? formatNumber(counts[one]) + (counts.complete ? "" : "+") : "–");
  const why = address.get("why");
  return (
    <>
      {counts ? (
        <section className={classes.counts} aria-label={t("places.compare.counts")}>
          <Count
            value={count("first")}
            label={t("places.compare.onlyOne", { name: names.first })}
            tone="first"
            none={counts.first === 0}
          />
          <Count value={count("both")} label={t("places.compare.bothSee")} tone="both" none={counts.both === 0} />
          <Count
            value={count("second")}
            label={t("places.compare.onlyOne", { name: names.second })}
            tone="second"
            none={counts.second === 0}
          />
        </section>
      ) : (
        <Alert color="yellow" p={10} role="status">
          {compared.reason}
        </Alert>
      )}
      {counts && !counts.complete && (
        <Text fz={12} c="dimmed" role="status">
          {t("places.compare.bounded", { key: compared.key.join(", "), value: counts.up_to?.join(", ") })}
        </Text>
      )}
      <div className={classes.sides}>
        <SideFacts
          seen={compared.first}
          name={names.first}
          tone="first"
          onExplain={() => address.set({ why: "first" }, false)}
        />
        <SideFacts
          seen={compared.second}
          name={names.second}
          tone="second"
          onExplain={() => address.set({ why: "second" }, false)}
        />
      </div>
      <ColumnsSeen columns={compared.columns} names={names} />
      {counts && table.data && (
        <section>
          <Group justify="space-between" gap={8} mb={8}>
            <h2 className={classes.heading}>{t("places.compare.rows")}</h2>
            <SegmentedControl
              size="xs"
              aria-label={t("places.compare.rows")}
              data={(["first", "second", "both"] as const).map((one) => ({
                value: one,
                label: `${one === "both" ? t("places.compare.both") : t("places.compare.only", { name: names[one] })} ${count(one)}`,
              }))}
              value={by}
              onChange={(next) => address.set({ rows: next })}
            />
          </Group>
          <PairRows
            key={by}
            tableRef={tableRef}
            table={table.data}
            places={{ first, second }}
            names={names}
            by={by}
            onExplain={(side, key) => address.set({ why: side, row: JSON.stringify(key) }, false)}
          />
        </section>
      )}
      {(why === "first" || why === "second") && (
        <ExplainDrawer
          tableRef={tableRef}
          place={why === "first" ? first : second}
          row={readKey(address.get("row"))}
          onPlace={(id) => address.set({ [why]: id })}
          onClose={() => {
            address.set({ why: undefined, row: undefined }, false);
            client.removeQueries({ queryKey: ["explorer", tableRef.source, "explain"] });
          }}
        />
      )}
    </>
  );
}

function readKey(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  try {
    const key: unknown = JSON.parse(text);
    return Array.isArray(key) && key.every((one) => typeof one === "string") ? key : null;
  } catch {
    return null;
  }
}

function Count(props: { value: string; label: string; tone: By; none: boolean }) {
  return (
    <div className={classes.count} data-tone={props.tone} data-none={props.none || undefined}>
      <span className={classes.number}>{props.value}</span>
      <span className={classes.countLabel}>{props.label}</span>
    </div>
  );
}

interface SideFactsProps {
  seen: Seen;
  name: string;
  tone: "first" | "second";
  onExplain: () => void;
}

function SideFacts({ seen, name, tone, onExplain }: SideFactsProps) {
  const { t } = useTranslation();
  const rights = (["select", "insert", "update", "delete"] as const).filter((one) => seen.privileges[one]);
  return (
    <section className={classes.side} data-tone={tone} aria-label={name}>
      <Group justify="space-between" gap={8} wrap="nowrap">
        <Text fz={14} fw={600} truncate>
          {name}
        </Text>
        <Button size="compact-xs" variant="subtle" onClick={onExplain}>
          {t("places.explain.button")}
        </Button>
      </Group>
      <dl className={classes.facts}>
        <Fact name={t("places.facts.role")}>
          <code className={classes.code}>{seen.role}</code>
        </Fact>
        <Fact name={t("places.facts.may")}>
          {!seen.privileges.schema
            ? t("places.facts.noSchema")
            : rights.length > 0
              ? rights.map((one) => t(`explorer.schema.commands.${one}`)).join(", ")
              : t("places.facts.nothing")}
        </Fact>
        <Fact name={t("places.facts.policies")}>
          <Bound seen={seen} />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Bound({ seen }: { seen: Seen }) {
  const { t } = useTranslation();
  const security = seen.row_security;
  if (security.view_of) return t("places.facts.view", { role: security.view_of });
  if (security.above) return t(`places.facts.${security.above}`);
  if (!security.active) return t("places.facts.off");
  if (seen.policies.length === 0) return t("places.facts.none");
  return (
    <Group gap={4}>
      {seen.policies.map((policy) => (
        <Badge
          key={policy.name}
          variant="light"
          tt="none"
          color={policy.permissive ? "blue" : "orange"}
          title={`${policy.name} · ${t(`explorer.schema.commands.${policy.command}`)}${policy.permissive ? "" : ` · ${t("explorer.schema.restrictive")}`}`}
        >
          {policy.name}
        </Badge>
      ))}
    </Group>
  );
}
