import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { countQuery } from "~/kit/resource/data";
import { formatCount } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import type { ResourceMeta } from "~/lib/meta";
import { Icon } from "~/primitives/icon";
import { NullValue } from "~/primitives/null-value";
import classes from "./dashboard.module.css";

/** How many there are, and how many came since. */
export function Tile({ resource, since }: { resource: ResourceMeta; since: string }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const dated = resource.fields.find((field) => field.name === "created_at" && field.filter);
  const all = useQuery(countQuery(resource.name, [], "exact"));
  const fresh = useQuery({
    ...countQuery(resource.name, [["created_at", `gte.${since}`]], "exact"),
    enabled: dated !== undefined,
  });
  return (
    <Link to={`/admin/${resource.name}`} className={classes.tile}>
      <span className={classes.label}>
        <Icon name={resource.icon} size={14} />
        {labels.resource(resource)}
      </span>
      <span className={classes.number}>
        {all.isPending ? (
          <Skeleton height={20} width={64} my={6} radius="sm" />
        ) : all.data && all.data.value !== null ? (
          formatCount(all.data.value, !all.data.exact)
        ) : (
          <NullValue />
        )}
      </span>
      <span className={classes.growth}>
        {all.isError
          ? t("dashboard.notCounted")
          : (fresh.data?.value ?? 0) > 0 && t("dashboard.growth", { count: fresh.data?.value ?? 0 })}
      </span>
    </Link>
  );
}
