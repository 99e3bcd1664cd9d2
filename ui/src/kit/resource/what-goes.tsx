// Before an object is deleted: what belongs to it, counted, so that nobody finds out afterwards.
import { Anchor, Group, Loader, Text } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import { metaQuery, type ResourceMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { countQuery } from "./data";
import { type Related, relatedTo } from "./related";

export interface Belongings {
  /** Counted so far; none of it when nothing belongs to the object. */
  counts: { related: Related; count: number }[];
  pending: boolean;
  total: number;
}

/** How much refers to an object. Asks for nothing without an id. */
export function useBelongings(resource: ResourceMeta, id: string | null): Belongings {
  // The page has read the registry; a dialog by itself does without.
  const meta = useQuery({ ...metaQuery, enabled: false }).data;
  const related = useMemo(() => (id === null || !meta ? [] : relatedTo(meta, resource)), [meta, resource, id]);
  const queries = useQueries({
    queries: related.map((one) => ({
      ...countQuery(one.resource.name, [[one.field, `eq.${id}`]], "exact"),
      staleTime: 0,
    })),
  });
  const counts = related.flatMap((one, at) => {
    const count = queries[at]?.data?.value ?? 0;
    return count > 0 ? [{ related: one, count }] : [];
  });
  return {
    counts,
    pending: queries.some((query) => query.isPending),
    total: counts.reduce((sum, one) => sum + one.count, 0),
  };
}

export function WhatGoes({ resource, id, belongings }: { resource: ResourceMeta; id: string; belongings: Belongings }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const { base } = useSurface();
  if (belongings.pending) {
    return (
      <Group gap={8}>
        <Loader size={14} />
        <Text fz={13} c="dimmed">
          {t("actions.counting")}
        </Text>
      </Group>
    );
  }
  if (belongings.total === 0) return null;
  return (
    <div>
      <Text fz={13} fw={500}>
        {t("actions.belongs")}
      </Text>
      <ul style={{ margin: "4px 0 0", paddingInlineStart: 20, fontSize: 13 }}>
        {belongings.counts.map(({ related, count }) => (
          <li key={related.resource.name}>
            <Anchor
              fz={13}
              renderRoot={(props) => (
                <Link
                  {...props}
                  to={`${base}/${resource.name}/${encodeURIComponent(id)}`}
                  search={{ tab: related.resource.name }}
                />
              )}
            >
              {t("actions.belongsCount", { shown: formatNumber(count), what: labels.resource(related.resource) })}
            </Anchor>
          </li>
        ))}
      </ul>
    </div>
  );
}
