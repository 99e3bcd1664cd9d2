import { Skeleton } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { countQuery } from "~/kit/resource/data";
import type { QueryPairs } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import type { ResourceMeta } from "~/lib/meta";
import { FramedList, framedLine } from "~/primitives/framed-list";
import { StatusBadge } from "~/primitives/status-badge";
import classes from "./dashboard.module.css";

interface Concern {
  key: string;
  collection: string;
  column: string;
  op: "eq" | "in";
  values: string[];
  /** Narrowed to recent entries, for logs that only grow. */
  since?: string;
  label: string;
  state: string;
  color: string;
}

const WORRYING = new Set(["red", "orange"]);

/** States that the registry itself colours as worrying, and refused actions of late, each with its count. */
export function Attention({ resources, audit, since }: { resources: ResourceMeta[]; audit: boolean; since: string }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const concerns: Concern[] = resources.flatMap((resource) =>
    resource.fields
      .filter((field) => field.type === "enum" && field.filter)
      .flatMap((field) =>
        (field.options ?? [])
          .filter((option) => WORRYING.has(option.color ?? ""))
          .map((option) => ({
            key: `${resource.name}.${field.name}.${option.value}`,
            collection: resource.name,
            column: field.name,
            op: "eq" as const,
            values: [option.value],
            label: labels.resource(resource),
            state: labels.option(resource.name, field.name, option),
            color: option.color ?? "gray",
          })),
      ),
  );
  if (audit) {
    concerns.push({
      key: "audit",
      collection: "audit",
      column: "outcome",
      op: "in",
      values: ["refused", "failed"],
      since,
      label: t("dashboard.refused"),
      state: t("dashboard.lastDays"),
      color: "red",
    });
  }
  const counts = useQueries({
    queries: concerns.map((concern) => {
      const pairs: QueryPairs = [
        [concern.column, concern.op === "in" ? `in.(${concern.values.join(",")})` : `eq.${concern.values[0]}`],
        ...(concern.since ? [["at", `gte.${concern.since}`] as const] : []),
      ];
      return countQuery(concern.collection, pairs, "exact");
    }),
  });

  if (counts.some((count) => count.isPending)) return <Skeleton height={56} radius="md" />;
  const open = concerns
    .map((concern, at) => ({ ...concern, count: counts[at]?.data?.value ?? 0 }))
    .filter((one) => one.count > 0);
  if (open.length === 0) {
    const failed = counts.filter((count) => count.isError).length;
    return (
      <div className={classes.well} role="status">
        <CircleCheck size={16} color="var(--mantine-color-green-6)" aria-hidden />
        {failed > 0 ? t("dashboard.unknown", { count: failed }) : t("dashboard.well")}
      </div>
    );
  }
  return (
    <FramedList>
      {open.map((one) => (
        <li key={one.key}>
          <Link
            to={`/admin/${one.collection}`}
            search={{
              filter: toAddressText({
                items: [
                  one.op === "in"
                    ? { kind: "condition", column: one.column, op: "in", value: "", values: one.values }
                    : { kind: "condition", column: one.column, op: "eq", value: one.values[0] ?? "" },
                  ...(one.since
                    ? [{ kind: "condition" as const, column: "at", op: "gte" as const, value: one.since }]
                    : []),
                ],
              }),
            }}
            className={framedLine}
          >
            <span>
              {one.label} <StatusBadge color={one.color}>{one.state}</StatusBadge>
            </span>
            <strong>{formatNumber(one.count)}</strong>
          </Link>
        </li>
      ))}
    </FramedList>
  );
}
