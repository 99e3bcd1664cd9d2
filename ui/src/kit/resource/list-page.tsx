// The list of any resource: title and count, search and filters, the grid, bulk actions, and a drawer for one row.
import { Group, Stack, Text } from "@mantine/core";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { FilterBar } from "~/kit/filter/FilterBar";
import { DataGrid, type GridSelection, NO_SELECTION, SortChips } from "~/kit/grid";
import { useListDensity } from "~/kit/views/useListDensity";
import { ViewPicker } from "~/kit/views/ViewPicker";
import { formatCount } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import { idOf, type ResourceMeta, type Row } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { PageHeader } from "~/primitives/page-header";
import { NoMatch, NoPermission, NothingYet, StaleNotice } from "~/primitives/states";
import { BulkBar } from "./bulk-bar";
import { filterColumns, gridColumns } from "./columns";
import { CreateButton } from "./create-page";
import { useRows } from "./data";
import { RowDrawer } from "./drawer";
import { ListFailed } from "./list-failed";
import classes from "./list-page.module.css";
import { PagesBelow } from "./pages-below";
import { TargetlessActions } from "./targetless-actions";
import { useAction } from "./use-action";
import { useListState } from "./use-list-state";
import { useTotal } from "./use-total";

interface ListPageProps {
  resource: ResourceMeta;
  /** What a page of its own has to say before the list. */
  above?: ReactNode;
  /** Reads the rows again after so many milliseconds. */
  every?: number;
}

export function ListPage({ resource, ...rest }: ListPageProps) {
  if (!resource.can_read) return <NoPermission permission={`${resource.name}:read`} />;
  return <ReadableList key={resource.name} resource={resource} {...rest} />;
}

function ReadableList({ resource, above, every }: ListPageProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const [selection, setSelection] = useState<GridSelection>(NO_SELECTION);
  const columns = useMemo(() => gridColumns(resource, labels), [resource, labels]);
  const filterable = useMemo(() => filterColumns(resource, labels), [resource, labels]);
  const state = useListState(resource.default_order, filterable);
  const [density, setDensity] = useListDensity(state.address);
  const rows = useRows(resource.name, state.query, true, every);
  const runner = useAction(resource, {
    onDone: (_action, target) => target.kind === "many" && setSelection(NO_SELECTION),
  });

  const loaded = useMemo(() => rows.data?.pages.flatMap((page) => page.rows) ?? [], [rows.data]);
  const stale = rows.isPlaceholderData;
  const complete = rows.isSuccess && !stale && !rows.hasNextPage;
  const { total, count } = useTotal(resource.name, state.matching, loaded.length, complete, rows.isSuccess && !stale);
  const searchable = resource.fields.filter((field) => field.search);
  const hasBulk = resource.actions.some((action) => action.bulk);
  const open = useCallback(
    (row: Row | undefined) => state.address.set({ row: row === undefined ? undefined : idOf(row) }, false),
    [state.address],
  );
  const rowKey = useCallback((row: Row) => idOf(row), []);
  const ids = useMemo(() => loaded.map(idOf), [loaded]);

  const empty = state.narrowed ? (
    <NoMatch onClear={state.clear} />
  ) : (
    <NothingYet
      title={t("list.emptyTitle", { what: labels.resource(resource) })}
      action={
        <>
          <CreateButton resource={resource} />
          <TargetlessActions resource={resource} runner={runner} />
        </>
      }
    >
      {labels.description(resource)}
    </NothingYet>
  );

  return (
    <Stack gap={12} className={classes.page}>
      <PageHeader
        title={labels.resource(resource)}
        aside={
          total.value !== null && (
            <Text c="dimmed" fz={14} role="status">
              {formatCount(total.value, total.kind === "estimated")}
            </Text>
          )
        }
        description={labels.description(resource)}
        actions={
          <>
            <PagesBelow resource={resource} />
            <TargetlessActions resource={resource} runner={runner} />
            <CreateButton resource={resource} />
          </>
        }
      />
      {above}
      <FilterBar
        before={<ViewPicker address={state.address} />}
        columns={filterable}
        value={state.filter}
        onChange={(next) => {
          setSelection(NO_SELECTION);
          state.setFilter(next);
        }}
        search={state.search}
        onSearch={
          searchable.length > 0
            ? (text) => {
                setSelection(NO_SELECTION);
                state.setSearch(text);
              }
            : undefined
        }
        searchPlaceholder={t("list.searchIn", {
          fields: searchable.map((field) => labels.field(resource.name, field)).join(", "),
        })}
        aside={
          <CopyAs
            asked={{
              path: `/${resource.name}`,
              query: [...state.query, ["limit", "100"]],
              command: [resource.name, "list"],
            }}
          />
        }
        sorting={state.sorted && <SortChips columns={columns} sort={state.sort} onSort={state.setSort} />}
      />
      {rows.isRefetchError && (
        <Group>
          <StaleNotice onRetry={() => void rows.refetch()} />
        </Group>
      )}
      {rows.isError && loaded.length === 0 ? (
        <div className={classes.framed}>
          <ListFailed problem={toProblem(rows.error)} onRetry={() => void rows.refetch()} onClear={state.clear} />
        </div>
      ) : (
        <div className={classes.grid}>
          <DataGrid<Row>
            columns={columns}
            rows={loaded}
            rowKey={rowKey}
            total={total}
            onCountExact={count}
            hasMore={rows.hasNextPage}
            loadMore={() => void rows.fetchNextPage()}
            loading={rows.isPending || rows.isFetchingNextPage}
            stale={stale}
            sort={state.sort}
            onSort={state.setSort}
            selection={hasBulk ? selection : undefined}
            onSelection={hasBulk ? setSelection : undefined}
            onRowOpen={open}
            openRow={state.address.get("row") ?? null}
            density={density}
            onDensity={setDensity}
            layoutKey={`resource.${resource.name}`}
            columnState={state.columns}
            onColumnState={state.setColumns}
            empty={empty}
            ariaLabel={labels.resource(resource)}
            selectionBar={
              <BulkBar
                resource={resource}
                selection={selection}
                onSelection={setSelection}
                matching={state.matching}
                loaded={loaded.length}
                complete={complete}
                runner={runner}
              />
            }
          />
        </div>
      )}
      <RowDrawer
        resource={resource}
        id={state.address.get("row")}
        ids={ids}
        onOpen={(id) => state.address.set({ row: id }, id === undefined || state.address.get("row") !== undefined)}
      />
      {runner.dialogs}
    </Stack>
  );
}
