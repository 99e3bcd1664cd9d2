// The objects of another collection that belong to this one, as a tab of it.
import { Anchor, Group, Stack } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { DataGrid } from "~/kit/grid";
import { useLabels } from "~/lib/labels";
import { idOf, type Row } from "~/lib/meta";
import { useDensity } from "~/lib/preferences";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { NothingYet } from "~/primitives/states";
import { gridColumns } from "./columns";
import { useRows } from "./data";
import { ListFailed } from "./list-failed";
import type { Related } from "./related";
import classes from "./related-list.module.css";
import { useTotal } from "./use-total";

/** As high as its rows, so that a few don't stand above a void; more scroll. */
function heightFor(rows: number | null): string {
  const room = rows === null ? 8 : rows === 0 ? 5 : rows;
  return `min(${96 + room * 36}px, 420px, 60vh)`;
}

export function RelatedList({ related, id }: { related: Related; id: string }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const navigate = useNavigate();
  const { base } = useSurface();
  const [density] = useDensity();
  const { resource, field } = related;
  const matching = useMemo<[string, string][]>(() => [[field, `eq.${id}`]], [field, id]);
  const query = useMemo<[string, string][]>(
    () => [...matching, ["order", resource.default_order]],
    [matching, resource.default_order],
  );
  const rows = useRows(resource.name, query);
  const loaded = useMemo(() => rows.data?.pages.flatMap((page) => page.rows) ?? [], [rows.data]);
  const complete = rows.isSuccess && !rows.hasNextPage;
  const { total, count } = useTotal(resource.name, matching, loaded.length, complete, rows.isSuccess);
  // What is the same in every row says nothing.
  const columns = useMemo(
    () => gridColumns(resource, labels).filter((column) => column.key !== field),
    [resource, labels, field],
  );
  const filter = toAddressText({ items: [{ kind: "condition", column: field, op: "eq", value: id }] });

  if (rows.isError && loaded.length === 0) {
    return <ListFailed problem={toProblem(rows.error)} onRetry={() => void rows.refetch()} onClear={() => undefined} />;
  }
  return (
    <Stack gap={8}>
      <div className={classes.grid} style={{ height: heightFor(rows.isPending ? null : loaded.length) }}>
        <DataGrid<Row>
          columns={columns}
          rows={loaded}
          rowKey={idOf}
          total={total}
          onCountExact={count}
          hasMore={rows.hasNextPage}
          loadMore={() => void rows.fetchNextPage()}
          loading={rows.isPending || rows.isFetchingNextPage}
          onRowOpen={(row) => void navigate({ to: `${base}/${resource.name}/${encodeURIComponent(idOf(row))}` })}
          density={density}
          layoutKey={`related.${resource.name}`}
          empty={<NothingYet title={t("list.emptyTitle", { what: labels.resource(resource) })} />}
          ariaLabel={labels.resource(resource)}
        />
      </div>
      <Group justify="flex-end">
        <Anchor fz={13} renderRoot={(props) => <Link {...props} to={`${base}/${resource.name}`} search={{ filter }} />}>
          {t("object.asList")}
        </Anchor>
      </Group>
    </Stack>
  );
}
