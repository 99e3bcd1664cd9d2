/** A value that points at another row: a link, that row's title beside it, and a look at it on hover. */
import { HoverCard, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { peekQuery, tableQuery } from "../data";
import type { Column, ForeignKey, Row } from "../model";
import { CellValue, NullMark } from "./CellValue";
import classes from "./cells.module.css";
import { targetFilter, targetLink } from "./foreign";
import { useTitle } from "./titles";

interface ForeignCellProps {
  source: string;
  column: Column;
  foreignKey: ForeignKey;
  row: Row;
}

export function ForeignCell({ source, column, foreignKey, row }: ForeignCellProps) {
  const [near, setNear] = useState(false);
  const value = row[column.name];
  const title = useTitle(foreignKey, row);
  if (value === null || value === undefined) return value === null ? <NullMark /> : null;
  const link = targetLink(source, foreignKey, row);
  const content = (
    <Link to={link.to} search={link.search} className={classes.fkLink} tabIndex={-1} draggable={false}>
      <CellValue value={value} column={column} />
    </Link>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only prepares the card; the link works without
    <span className={classes.fk} onMouseEnter={() => setNear(true)}>
      {near ? (
        <HoverCard
          width={320}
          openDelay={350}
          closeDelay={80}
          position="bottom-start"
          withinPortal
          initiallyOpened={false}
        >
          <HoverCard.Target>{content}</HoverCard.Target>
          <HoverCard.Dropdown p={12}>
            <Peek source={source} foreignKey={foreignKey} row={row} />
          </HoverCard.Dropdown>
        </HoverCard>
      ) : (
        content
      )}
      {title && (
        <span className={classes.fkTitle} title={title}>
          {title}
        </span>
      )}
    </span>
  );
}

/** The first few fields of the row behind a key. */
export function Peek({ source, foreignKey, row }: Omit<ForeignCellProps, "column">) {
  const { t } = useTranslation();
  const ref = { source, schema: foreignKey.schema, table: foreignKey.table };
  const table = useQuery(tableQuery(ref));
  const target = useQuery({
    ...peekQuery(ref, table.data?.columns ?? [], targetFilter(foreignKey, row) ?? []),
    enabled: table.isSuccess,
  });
  if (table.isError || target.isError) {
    return (
      <Text size="xs" c="dimmed">
        {t("explorer.peekFailed")}
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
