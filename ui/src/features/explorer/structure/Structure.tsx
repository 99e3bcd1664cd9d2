/** What a table is made of: columns, keys, indexes, checks, foreign keys both ways. */
import { Table as Grid, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { tablePath } from "../cells/foreign";
import type { Table } from "../model";
import { Marks } from "../table/columns";
import classes from "./structure.module.css";

export function Structure({ source, table }: { source: string; table: Table }) {
  const { t } = useTranslation();
  const foreign = new Set(table.foreign_keys.flatMap((key) => key.columns));
  const link = (schema: string, name: string) => (
    <Link to={tablePath({ source, schema, table: name })} className={classes.link}>
      {schema === table.schema ? name : `${schema}.${name}`}
    </Link>
  );
  return (
    <div className={classes.page}>
      <Section title={t("explorer.columns")} head={["name", "type", "nullable", "default", "comment"]}>
        {table.columns.map((column) => (
          <Grid.Tr key={column.name}>
            <Grid.Td>
              <span className={classes.name}>
                <Marks column={column} foreign={foreign.has(column.name)} t={t} />
                {column.name}
              </span>
            </Grid.Td>
            <Grid.Td>
              <code className={classes.code}>{column.type}</code>
              {column.enum_values && (
                <Text size="xs" c="dimmed">
                  {column.enum_values.join(", ")}
                </Text>
              )}
            </Grid.Td>
            <Grid.Td>{column.nullable ? t("explorer.yes") : t("explorer.no")}</Grid.Td>
            <Grid.Td>
              {column.generated && <span>{t("explorer.generated")} </span>}
              {column.identity && <span>{t("explorer.identity")} </span>}
              {column.default && <code className={classes.code}>{column.default}</code>}
            </Grid.Td>
            <Grid.Td>{column.comment ?? column.hidden_reason}</Grid.Td>
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.keys")} head={["name", "columns", "kind"]}>
        {table.primary_key.length > 0 && (
          <Grid.Tr>
            <Grid.Td>{table.indexes.find((index) => index.primary)?.name ?? t("explorer.primaryKey")}</Grid.Td>
            <Grid.Td>{table.primary_key.join(", ")}</Grid.Td>
            <Grid.Td>{t("explorer.primaryKey")}</Grid.Td>
          </Grid.Tr>
        )}
        {table.uniques.map((unique) => (
          <Grid.Tr key={unique.name}>
            <Grid.Td>{unique.name}</Grid.Td>
            <Grid.Td>{unique.columns.join(", ")}</Grid.Td>
            <Grid.Td>{t("explorer.unique")}</Grid.Td>
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.foreignKeys")} head={["name", "columns", "target"]}>
        {table.foreign_keys.map((key) => (
          <Grid.Tr key={key.name}>
            <Grid.Td>{key.name}</Grid.Td>
            <Grid.Td>{key.columns.join(", ")}</Grid.Td>
            <Grid.Td>
              {link(key.schema, key.table)} ({key.target_columns.join(", ")})
            </Grid.Td>
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.referencedBy")} head={["name", "from", "columns", "onDelete"]}>
        {table.referenced_by.map((key) => (
          <Grid.Tr key={`${key.schema}.${key.table}.${key.name}`}>
            <Grid.Td>{key.name}</Grid.Td>
            <Grid.Td>
              {link(key.schema, key.table)} ({key.columns.join(", ")})
            </Grid.Td>
            <Grid.Td>{key.target_columns.join(", ")}</Grid.Td>
            <Grid.Td>{t(`explorer.onDelete.${key.on_delete}`)}</Grid.Td>
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.indexes")} head={["name", "columns", "definition"]}>
        {table.indexes.map((index) => (
          <Grid.Tr key={index.name}>
            <Grid.Td>
              {index.name}
              {index.unique && (
                <Text span size="xs" c="dimmed">
                  {" "}
                  {t("explorer.unique")}
                </Text>
              )}
            </Grid.Td>
            <Grid.Td>{index.columns.join(", ")}</Grid.Td>
            <Grid.Td>
              <code className={classes.code}>{index.definition}</code>
            </Grid.Td>
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.checks")} head={["name", "definition"]}>
        {table.checks.map((check) => (
          <Grid.Tr key={check.name}>
            <Grid.Td>{check.name}</Grid.Td>
            <Grid.Td>
              <code className={classes.code}>{check.definition}</code>
            </Grid.Td>
          </Grid.Tr>
        ))}
      </Section>
    </div>
  );
}

function Section({ title, head, children }: { title: string; head: string[]; children: ReactNode }) {
  const { t } = useTranslation();
  const empty = Array.isArray(children) ? children.flat().filter(Boolean).length === 0 : !children;
  return (
    <section className={classes.section}>
      <h2 className={classes.heading}>{title}</h2>
      {empty ? (
        <Text size="sm" c="dimmed">
          {t("explorer.none")}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label={title}>
          <Grid verticalSpacing={6} horizontalSpacing={12} fz={13}>
            <Grid.Thead>
              <Grid.Tr>
                {head.map((name) => (
                  <Grid.Th key={name}>{t(`explorer.head.${name}`)}</Grid.Th>
                ))}
              </Grid.Tr>
            </Grid.Thead>
            <Grid.Tbody>{children}</Grid.Tbody>
          </Grid>
        </section>
      )}
    </section>
  );
}
