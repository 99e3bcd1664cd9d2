// How many of something an organization has, of how many it may have; leads to the list of them.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { countQuery, countText } from "~/kit/resource/data";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import type { ResourceMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { CountTile, countTile } from "~/primitives/count-tile";
import { type Limits, limitsQuery, shortage } from "../limits/limits";

export interface Counted {
  name: string;
  /** A field and the value of those that count. */
  only?: [string, string];
  limit?: Exclude<keyof Limits, "invitations">;
}

export function Tile({ resource, counted: { only, limit } }: { resource: ResourceMeta; counted: Counted }) {
  const labels = useLabels();
  const { t } = useTranslation();
  const { base } = useSurface();
  const count = useQuery(countQuery(resource.name, only ? [[only[0], `eq.${only[1]}`]] : [], "exact"));
  const filter = only
    ? toAddressText({ items: [{ kind: "condition", column: only[0], op: "eq", value: only[1] }] })
    : undefined;
  const field = only && resource.fields.find((one) => one.name === only[0]);
  const option = field?.options?.find((one) => one.value === only?.[1]);
  const which = field && option ? labels.option(resource.name, field.name, option) : null;
  return (
    <Link to={`${base}/${resource.name}`} search={filter ? { filter } : {}} className={countTile}>
      <CountTile
        icon={resource.icon}
        label={labels.resource(resource)}
        count={countText(count)}
        note={count.isError ? t("organization.notCounted") : <Note which={which} limit={limit} />}
      />
    </Link>
  );
}

function Note({ which, limit: kind }: { which: string | null; limit: Counted["limit"] }) {
  const { t } = useTranslation();
  const { organization } = useSurface();
  const limits = useQuery({ ...limitsQuery(organization ?? ""), enabled: kind !== undefined });
  const limit = kind && limits.data?.[kind];
  const short = limit && shortage(limit);
  const words = [
    which,
    short === "red" ? t("limits.full") : null,
    limit && t(`limits.most.${kind}`, { used: formatNumber(limit.used), limit: formatNumber(limit.limit) }),
  ];
  return (
    <Text inherit span c={short && `var(--mantine-color-${short}-text)`}>
      {words.filter(Boolean).join(" · ")}
    </Text>
  );
}
