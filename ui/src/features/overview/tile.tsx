import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { countQuery, countText } from "~/kit/resource/data";
import { useLabels } from "~/lib/labels";
import type { ResourceMeta } from "~/lib/meta";
import { CountTile, countTile } from "~/primitives/count-tile";

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
  const growth = (fresh.data?.value ?? 0) > 0 && t("dashboard.growth", { count: fresh.data?.value ?? 0 });
  return (
    <Link to={`/admin/${resource.name}`} className={countTile}>
      <CountTile
        icon={resource.icon}
        label={labels.resource(resource)}
        count={countText(all)}
        note={all.isError ? t("dashboard.notCounted") : growth}
      />
    </Link>
  );
}
