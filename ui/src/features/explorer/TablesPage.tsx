/** No table is open yet: the largest of the source, to begin somewhere. */
import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Network, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatCount } from "~/lib/format";
import { PageHeader } from "~/primitives/page-header";
import { NothingYet } from "~/primitives/states";
import { tablePath } from "./cells/foreign";
import { tablesQuery } from "./data";
import { useCurrentTable } from "./ExplorerLayout";
import classes from "./explorer.module.css";
import { AddSourceButton } from "./tree/SourcePicker";
import { TreeButton } from "./tree/TreeButton";
import { ViewAsButton } from "./ViewAs";

const SHOWN = 12;

export function TablesPage() {
  const { t } = useTranslation();
  const { source } = useCurrentTable();
  const tables = useQuery(tablesQuery(source));
  const own = (tables.data ?? []).filter((table) => !table.panel && table.kind !== "partition");
  const largest = own.sort((a, b) => Number(b.size_bytes ?? 0) - Number(a.size_bytes ?? 0)).slice(0, SHOWN);
  return (
    <div className={classes.welcome}>
      <PageHeader
        title={
          <Group component="span" gap={8}>
            <TreeButton />
            {t("explorer.tables")}
          </Group>
        }
        description={t("explorer.welcome")}
        actions={
          <Group gap={8}>
            <ViewAsButton source={source} />
            <Button
              size="xs"
              variant="default"
              component={Link}
              to={`/admin/tables/${encodeURIComponent(source)}/diagram`}
              leftSection={<Network size={14} aria-hidden />}
            >
              {t("diagram.button")}
            </Button>
            <Button
              size="xs"
              variant="default"
              component={Link}
              to={`/admin/tables/${encodeURIComponent(source)}/advice`}
              leftSection={<ShieldCheck size={14} />}
            >
              {t("advice.title")}
            </Button>
            <AddSourceButton />
          </Group>
        }
      />
      {tables.isSuccess && largest.length === 0 && (
        <NothingYet title={t("explorer.noTables")}>{t("explorer.noOwnTables", { source })}</NothingYet>
      )}
      {largest.length > 0 && (
        <>
          <Text size="xs" c="dimmed" fw={500} mt={20} mb={6}>
            {t("explorer.largest", { source })}
          </Text>
          <div className={classes.cards}>
            {largest.map((table) => (
              <Link
                key={`${table.schema}.${table.name}`}
                to={tablePath({ source, schema: table.schema, table: table.name })}
                className={classes.card}
              >
                <span>
                  <Text span c="dimmed" inherit>
                    {table.schema}.
                  </Text>
                  {table.name}
                </span>
                <span className={classes.number}>
                  {table.estimated_rows === null
                    ? "–"
                    : t("explorer.rowCount", { rows: formatCount(Number(table.estimated_rows), true) })}
                </span>
                <span className={classes.number}>
                  {table.size_bytes === null ? "–" : formatBytes(Number(table.size_bytes))}
                </span>
              </Link>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
