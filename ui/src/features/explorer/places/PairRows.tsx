/** Rows of one table as each of two people sees them; where both do, cells that differ stand out. */
import { Button, Table as Grid, Menu, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { CellValue } from "../cells/CellValue";
import type { Column, Row, Table, TableRef } from "../model";
import { type By, type Pair, pairsQuery } from "./places";
import classes from "./places.module.css";

interface PairRowsProps {
  tableRef: TableRef;
  table: Table;
  places: { first: string; second: string };
  names: { first: string; second: string };
  by: By;
  onExplain: (side: "first" | "second", key: string[]) => void;
}

export function PairRows({ tableRef, table, places, names, by, onExplain }: PairRowsProps) {
  const { t } = useTranslation();
  const pages = useInfiniteQuery(pairsQuery(tableRef, places.first, places.second, by));
  if (pages.isError && !pages.data)
    return <Failed problem={toProblem(pages.error)} onRetry={() => void pages.refetch()} />;
  if (!pages.data) return <ListSkeleton rows={5} columns={4} />;
  const pairs = pages.data.pages.flatMap((page) => page.rows);
  const columns = table.columns.filter((column) =>
    pairs.some((pair) => column.name in (pair.first ?? {}) || column.name in (pair.second ?? {})),
  );
  return (
    <>
      {pairs.length === 0 ? (
        <Text fz={13} c="dimmed" py={12}>
          {pages.hasNextPage ? t("places.compare.noneSoFar") : t("places.compare.noRows")}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label={t("places.compare.rows")}>
          <Grid verticalSpacing={4} horizontalSpacing={12} fz={13} className={classes.rows}>
            <Grid.Thead>
              <Grid.Tr>
                <Grid.Th aria-label={t("places.explain.button")} w={36} />
                {columns.map((column) => (
                  <Grid.Th key={column.name}>{column.name}</Grid.Th>
                ))}
              </Grid.Tr>
            </Grid.Thead>
            <Grid.Tbody>
              {pairs.map((pair) => (
                <Grid.Tr key={JSON.stringify(pair.key)}>
                  <Grid.Td p={0}>
                    <Ask pair={pair} names={names} onExplain={onExplain} />
                  </Grid.Td>
                  {columns.map((column) => (
                    <Cell key={column.name} pair={pair} column={column} names={names} />
                  ))}
                </Grid.Tr>
              ))}
            </Grid.Tbody>
          </Grid>
        </section>
      )}
      {pages.isError && <Failed problem={toProblem(pages.error)} onRetry={() => void pages.fetchNextPage()} />}
      {pages.hasNextPage && (
        <Button
          mt={8}
          size="xs"
          variant="default"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {t("places.compare.more")}
        </Button>
      )}
    </>
  );
}

interface AskProps {
  pair: Pair;
  names: { first: string; second: string };
  onExplain: (side: "first" | "second", key: string[]) => void;
}

function Ask({ pair, names, onExplain }: AskProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={t("places.compare.whyRow", { key: pair.key.join(", ") })}
          title={t("places.explain.row")}
        >
          <CircleHelp size={14} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["first", "second"] as const).map((side) => (
          <Menu.Item key={side} onClick={() => onExplain(side, pair.key)}>
            {t(pair[side] ? "places.compare.whySees" : "places.compare.whySeesNot", { name: names[side] })}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface CellProps {
  pair: Pair;
  column: Column;
  names: { first: string; second: string };
}

function Cell({ pair, column, names }: CellProps) {
  const { t } = useTranslation();
  const shown = pair.first ?? pair.second ?? {};
  const has = (row: Row | null) => row !== null && column.name in row;
  const one = pair.first !== null && pair.second !== null && has(pair.first) !== has(pair.second);
  const values = [pair.first?.[column.name], pair.second?.[column.name]];
  const other = pair.first && pair.second && !one && JSON.stringify(values[0]) !== JSON.stringify(values[1]);
  const value = has(pair.first) ? values[0] : has(pair.second) ? values[1] : shown[column.name];
  const who = has(pair.first) ? names.first : names.second;
  return (
    <Grid.Td
      className={classes.cell}
      data-differs={one || other || undefined}
      title={one ? t("places.compare.onlyCell", { name: who }) : other ? t("places.compare.otherCell") : undefined}
    >
      <CellValue value={value} column={{ ...column, readable: true }} />
      {other && (
        <span className={classes.second}>
          <CellValue value={values[1]} column={{ ...column, readable: true }} />
        </span>
      )}
    </Grid.Td>
  );
}
