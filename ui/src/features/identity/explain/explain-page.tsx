// "What can this person do, and why": one person or key at a time, every permission with what decided about it.
import { Alert, Container, Group, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, Clock, KeyRound, LogOut, Network, Search, TriangleAlert, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "~/kit/fields";
import { fieldFromSchema } from "~/kit/form/schema";
import { useAddress } from "~/kit/resource/address";
import { objectQuery } from "~/kit/resource/data";
import { api, type QueryPairs } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NoMatch, NothingYet } from "~/primitives/states";
import { StatusBadge } from "~/primitives/status-badge";
import classes from "./explain.module.css";
import { type Asked, type Explained, type Explanation, KINDS, type Kind, type Reason } from "./model";

const COLLECTIONS: Record<Kind, string> = { staff: "staff", user: "users", key: "keys" };

/** Within an organization people are chosen by their membership, because which users there are is the platform's business. */
function useWithin(kind: Kind, id: string | undefined) {
  const within = useSurface().kind === "organization";
  const member = within && kind === "user";
  const chosen = useQuery({ ...objectQuery({ name: "memberships" }, id ?? ""), enabled: member && id !== undefined });
  return {
    within,
    kinds: KINDS.filter((one) => !within || one !== "staff"),
    collection: member ? "memberships" : COLLECTIONS[kind],
    account: member ? (chosen.data?.row.user_id as string | undefined) : id,
  };
}

export function ExplainPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const staffToo = useSurface().kind === "platform";
  const kind =
    KINDS.find((one) => one === address.get("kind") && (staffToo || one !== "staff")) ?? (staffToo ? "staff" : "user");
  const id = address.get("id");
  const { within, kinds, collection, account } = useWithin(kind, id);
  const organization = address.get("organization_id");
  const asks = kind === "user" && !within;
  const ready = account !== undefined && (!asks || organization !== undefined);
  const pairs: QueryPairs = [
    ["kind", kind],
    ["id", account ?? ""],
    ...(asks && organization ? [["organization_id", organization] as const] : []),
  ];
  const query = useQuery({
    queryKey: ["explain", pairs],
    queryFn: async ({ signal }) => (await api.get<Explanation>("/identity/explain", { query: pairs, signal })).data,
    enabled: ready,
  });
  const called = (one: Kind) => t(within && one === "user" ? "explain.member" : `explain.kinds.${one}`);
  const picker = (name: string, references: string, label: string, value: string | undefined) => (
    <FieldInput
      key={`${references}-${kind}`}
      field={fieldFromSchema(name, { type: "string", format: "uuid", "x-references": references }, {}, true)}
      scope="explain"
      id={`explain-${name}`}
      label={label}
      help={null}
      value={value ?? null}
      onChange={(next) => address.set({ [name]: typeof next === "string" ? next : undefined })}
      error={null}
    />
  );
  return (
    <Container size={960} p={0} m={0}>
      <Stack gap={16}>
        <PageHeader title={t("explain.title")} description={t("explain.text")} />
        <div className={classes.pick}>
          <div>
            <Text fz={13} fw={500} mb={4}>
              {t("explain.kind")}
            </Text>
            <SegmentedControl
              aria-label={t("explain.kind")}
              data={kinds.map((value) => ({ value, label: called(value) }))}
              value={kind}
              onChange={(next) => address.set({ kind: next, id: undefined, organization_id: undefined })}
            />
          </div>
          {picker("id", collection, called(kind), id)}
          {asks && picker("organization_id", "organizations", t("explain.organization"), organization)}
        </div>
        {!ready ? (
          <NothingYet title={t("explain.chooseTitle")}>{t("explain.chooseText")}</NothingYet>
        ) : query.isPending ? (
          <ListSkeleton rows={8} columns={2} />
        ) : query.isError ? (
          <NotThere problem={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Told told={query.data} />
        )}
      </Stack>
    </Container>
  );
}

function NotThere({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const known = toProblem(problem);
  if (known.kind === "not-found") {
    return <NothingYet title={t("explain.noneTitle")}>{t("explain.noneText")}</NothingYet>;
  }
  return <Failed problem={known} onRetry={onRetry} />;
}

function Told({ told }: { told: Explanation }) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const [search, setSearch] = useState("");
  const [show, setShow] = useState<"all" | "allowed" | "denied">("all");
  const allowed = told.permissions.filter((one) => one.allowed).length;
  const rooms = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const fits = (one: Explained) =>
      (show === "all" || one.allowed === (show === "allowed")) &&
      (wanted === "" || one.name.includes(wanted) || one.allows.toLowerCase().includes(wanted));
    return meta.modules
      .map((module) => ({
        name: module.name,
        label: labels.module(module),
        permissions: told.permissions.filter((one) => one.module === module.name && fits(one)),
      }))
      .filter((room) => room.permissions.length > 0);
  }, [meta, labels, told, search, show]);

  return (
    <Stack gap={16}>
      <Stack gap={6}>
        <Title order={2}>
          {told.organization ? t("explain.inside", { who: told.label, organization: told.organization }) : told.label}
        </Title>
        <Group gap={8}>
          {told.sources.map((source) => (
            <StatusBadge
              key={`${source.kind}-${source.roles[0]?.id}`}
              color={source.kind === "elevation" ? "yellow" : "blue"}
            >
              {source.kind === "elevation" ? `${t("explain.elevatedTo")} ` : ""}
              {source.roles.map((role) => role.label).join(" → ")}
            </StatusBadge>
          ))}
          {told.sources[0]?.level && <StatusBadge>{t(`explain.levels.${told.sources[0].level}`)}</StatusBadge>}
          <Text fz={13} c="dimmed">
            {t("explain.count", { allowed, all: told.permissions.length })}
          </Text>
        </Group>
      </Stack>
      {told.blocked.map((reason) => (
        <Alert key={reason.step} color="red" icon={<TriangleAlert size={16} aria-hidden />}>
          <Why reason={reason} />
        </Alert>
      ))}
      {told.asked.length > 0 && <AskedFirst asked={told.asked} />}
      <div className={classes.tools}>
        <TextInput
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t("explain.search")}
          aria-label={t("explain.search")}
          leftSection={<Search size={14} aria-hidden />}
        />
        <SegmentedControl
          aria-label={t("explain.show")}
          data={(["all", "allowed", "denied"] as const).map((value) => ({ value, label: t(`explain.shows.${value}`) }))}
          value={show}
          onChange={(value) => setShow(value as typeof show)}
        />
      </div>
      {rooms.length === 0 && (
        <NoMatch
          onClear={() => {
            setSearch("");
            setShow("all");
          }}
        />
      )}
      {rooms.map((room) => (
        <section key={room.name} className={classes.room}>
          <Title order={3} fz={14} className={classes.head}>
            {room.label}
          </Title>
          <ul className={classes.list}>
            {room.permissions.map((one) => (
              <li key={one.name} className={classes.line} data-allowed={one.allowed || undefined}>
                <span
                  className={classes.mark}
                  role="img"
                  aria-label={t(one.allowed ? "explain.allowed" : "explain.denied")}
                >
                  {one.allowed ? <Check size={14} aria-hidden /> : <X size={14} aria-hidden />}
                </span>
                <span>
                  {one.allows}
                  <Text component="span" fz={12} c="dimmed" className={classes.name}>
                    {one.name}
                  </Text>
                </span>
                <span className={classes.why}>
                  {one.why.map((reason, place) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: reasons never move
                    <span key={place}>
                      <Why reason={reason} />
                    </span>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Stack>
  );
}

const MARKS = { second_factor: KeyRound, hours: Clock, networks: Network, ended: LogOut };

/** What is asked at the door, before any of the rest counts. */
function AskedFirst({ asked }: { asked: Asked[] }) {
  const { t } = useTranslation();
  return (
    <section className={classes.room}>
      <Title order={3} fz={14} className={classes.head}>
        {t("explain.asked.title")}
      </Title>
      <ul className={classes.list}>
        {asked.map((one) => {
          const Mark = MARKS[one.what];
          const known = one.words ? one.what : `${one.what}_unsaid`;
          const key = one.what === "second_factor" && one.closed ? "second_factor_missing" : known;
          return (
            <li key={`${one.what}-${one.role}`} className={classes.asked}>
              <Mark size={14} aria-hidden className={classes.mark} />
              <span>
                {one.role && `${t("explain.asked.role", { role: one.role })} `}
                {t(`explain.asked.${key}`, { words: one.words, count: one.sessions ?? 0, defaultValue: one.text })}
              </span>
              {one.closed && <StatusBadge color="yellow">{t("explain.asked.closed")}</StatusBadge>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** One reason as a sentence; one that this page doesn't know speaks for itself. */
function Why({ reason }: { reason: Reason }) {
  const { t } = useTranslation();
  const [first, ...rest] = reason.via;
  const path = rest.length > 0 ? t("explain.extends", { first, rest: rest.join(" → ") }) : (first ?? reason.role ?? "");
  const text = t(`explain.steps.${reason.step}`, {
    defaultValue: reason.text,
    path,
    role: reason.role ?? "",
    pattern: reason.pattern ?? "",
    level: reason.level ? t(`explain.levels.${reason.level}`) : "",
  });
  return (
    <>
      {text}
      {reason.until && (
        <>
          {" "}
          (<RelativeTime value={reason.until} />)
        </>
      )}
    </>
  );
}
