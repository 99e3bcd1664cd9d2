/** A value that points at another row: a link, that row's title beside it, and a look at it. */
import { Loader, Popover, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { toProblem } from "~/lib/problem";
import { peekQuery, tableQuery } from "../data";
import type { Column, ForeignKey, Row } from "../model";
import { CellValue, NullMark } from "./CellValue";
import classes from "./cells.module.css";
import { targetFilter, targetLink } from "./foreign";
import { useTitle } from "./titles";
import { usePeek } from "./usePeek";

interface ForeignCellProps {
  source: string;
  column: Column;
  foreignKey: ForeignKey;
  row: Row;
  /** In a grid it is the cells that keys go through. */
  tabbable?: boolean;
}

export function ForeignCell(props: ForeignCellProps) {
  const value = props.row[props.column.name];
  if (value === undefined) return null;
  if (value === null) return <NullMark />;
  // Another row's key begins anew, without the card that was open beside this one.
  return <Key key={JSON.stringify(targetFilter(props.foreignKey, props.row) ?? null)} {...props} />;
}

function Key({ source, column, foreignKey, row, tabbable = false }: ForeignCellProps) {
  const place = useRef<HTMLSpanElement>(null);
  const peek = usePeek(place);
  const title = useTitle(foreignKey, row);
  const link = targetLink(source, foreignKey, row);
  return (
    <span ref={place} className={classes.fk}>
      <Link
        to={link.to}
        search={link.search}
        className={classes.fkLink}
        tabIndex={tabbable ? 0 : -1}
        draggable={false}
        onMouseEnter={peek.near}
        onMouseLeave={peek.far}
        aria-describedby={peek.opened ? peek.id : undefined}
        // Escape closes the card, and not the drawer around it.
        data-mantine-stop-propagation={peek.opened || undefined}
      >
        <CellValue value={row[column.name]} column={column} />
      </Link>
      {title && (
        <span className={classes.fkTitle} title={title}>
          {title}
        </span>
      )}
      {peek.opened && (
        <Popover opened width={320} position="bottom-start" withinPortal withRoles={false} closeOnEscape={false}>
          <Popover.Target>
            <span className={classes.fkAnchor} />
          </Popover.Target>
          <Popover.Dropdown p={12} onMouseEnter={peek.near} onMouseLeave={peek.far}>
            <div id={peek.id} role="tooltip">
              <Card source={source} foreignKey={foreignKey} row={row} />
            </div>
          </Popover.Dropdown>
        </Popover>
      )}
    </span>
  );
}

/** The first few fields of the row behind a key. */
function Card({ source, foreignKey, row }: Omit<ForeignCellProps, "column" | "tabbable">) {
  const { t } = useTranslation();
  const ref = { source, schema: foreignKey.schema, table: foreignKey.table };
  const table = useQuery(tableQuery(ref));
  const target = useQuery({
    ...peekQuery(ref, table.data?.columns ?? [], targetFilter(foreignKey, row) ?? []),
    enabled: table.isSuccess,
  });
  const failure = table.error ?? target.error;
  if (failure) {
    const problem = toProblem(failure);
    return (
      <Text size="xs" c="dimmed">
        {t("explorer.peekFailed")}
        {problem.kind === "forbidden" && `: ${problem.detail ?? problem.title}`}
      </Text>
    );
  }
  if (!table.data || target.data === undefined) return <Loader size="xs" />;
  const found = target.data;
  if (!found) {
    return (
      <Text size="xs" c="dimmed">
        {t("explorer.peekGone")}
      </Text>
    );
  }
  const title = foreignKey.title_column;
  const columns = [
    ...table.data.columns.filter((c) => c.name === title),
    ...table.data.columns.filter((c) => c.name !== title && c.readable),
  ].slice(0, 7);
  return (
    <>
      <Text size="xs" c="dimmed" mb={6}>
        {foreignKey.schema}.{foreignKey.table}
      </Text>
      <dl className={classes.peek}>
        {columns.map((c) => (
          <div key={c.name} style={{ display: "contents" }}>
            <dt>{c.name}</dt>
            <dd>
              <CellValue value={found[c.name]} column={c} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
