// How many members, keys and roles an organization has, of how many it may have.
import { Alert, Progress, Skeleton, Text } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import classes from "./limits-strip.module.css";

interface Limit {
  used: number;
  limit: number;
  /** Staff decided it for this organization. */
  own: boolean;
}

interface Limits {
  members: Limit;
  /** Open ones, among the members. */
  invitations: number;
  keys: Limit;
  roles: Limit;
}

const KINDS = ["members", "keys", "roles"] as const;
/** From here on it is said that room is short. */
const NEARLY = 0.9;

/** Below the organization itself, so that whatever is done to it makes this old as well. */
const limitsQuery = (organization: string) =>
  queryOptions({
    queryKey: ["object", "organizations", organization, "limits"],
    queryFn: async ({ signal }) =>
      (await api.get<Limits>("/identity/limits", { query: [["organization_id", organization]], signal })).data,
    // Members, keys and roles are made on other pages.
    refetchOnMount: "always",
  });

export function LimitsStrip({ organization }: { organization: string }) {
  const { t } = useTranslation();
  const limits = useQuery(limitsQuery(organization));
  if (limits.isError)
    return (
      <Alert color="gray" variant="light" my={8}>
        {toProblem(limits.error).message}
      </Alert>
    );
  return (
    <section className={classes.strip} aria-label={t("limits.title")}>
      {KINDS.map((kind) => (
        <div key={kind} className={classes.one}>
          <Text fz={12} c="dimmed">
            {t(`limits.${kind}`)}
          </Text>
          {limits.data ? (
            <Used limit={limits.data[kind]} open={kind === "members" ? limits.data.invitations : 0} />
          ) : (
            <Skeleton height={48} radius="sm" />
          )}
        </div>
      ))}
    </section>
  );
}

function Used({ limit: { used, limit, own }, open }: { limit: Limit; open: number }) {
  const { t } = useTranslation();
  const part = limit === 0 ? 1 : used / limit;
  const color = used >= limit ? "red" : part >= NEARLY ? "yellow" : undefined;
  const said = t("limits.of", { used: formatNumber(used), limit: formatNumber(limit) });
  const remarks = [
    used >= limit ? t("limits.full") : null,
    open > 0 ? t("limits.open", { count: open, shown: formatNumber(open) }) : null,
    t(own ? "limits.own" : "limits.everybody"),
  ];
  return (
    <>
      <Text fz={15} fw={600} className={classes.number}>
        {said}
      </Text>
      <Progress.Root size={6}>
        <Progress.Section value={Math.min(part, 1) * 100} color={color} aria-label={said} />
      </Progress.Root>
      <Text fz={12} c="dimmed">
        {remarks.filter(Boolean).join(" · ")}
      </Text>
    </>
  );
}
