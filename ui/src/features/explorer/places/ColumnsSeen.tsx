/** Which columns each of two people may read; those that are the same for both stand behind a button. */
import { Badge, Button, Table as Grid, Text } from "@mantine/core";
import { Check, Lock, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Compared } from "./places";
import classes from "./places.module.css";

interface ColumnsSeenProps {
  columns: Compared["columns"];
  names: { first: string; second: string };
}

export function ColumnsSeen({ columns, names }: ColumnsSeenProps) {
  const { t } = useTranslation();
  const different = columns.filter((column) => column.first !== column.second);
  const [all, setAll] = useState(false);
  const shown = all ? columns : different;
  return (
    <section>
      <div className={classes.headline}>
        <h2 className={classes.heading}>{t("places.compare.columns")}</h2>
        <Text fz={12} c="dimmed">
          {different.length === 0
            ? t("places.compare.sameColumns", { count: columns.length })
            : t("places.compare.differentColumns", { count: different.length, all: columns.length })}
        </Text>
        {columns.length > different.length && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAll(!all)}>
            {t(all ? "places.compare.lessColumns" : "places.compare.allColumns")}
          </Button>
        )}
      </div>
      {shown.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label={t("places.compare.columns")}>
          <Grid verticalSpacing={5} horizontalSpacing={12} fz={13}>
            <Grid.Thead>
              <Grid.Tr>
                <Grid.Th>{t("explorer.head.name")}</Grid.Th>
                <Grid.Th>{t("explorer.head.type")}</Grid.Th>
                <Grid.Th>{names.first}</Grid.Th>
                <Grid.Th>{names.second}</Grid.Th>
              </Grid.Tr>
            </Grid.Thead>
            <Grid.Tbody>
              {shown.map((column) => (
                <Grid.Tr key={column.name}>
                  <Grid.Td>
                    {column.name}
                    {column.sensitive && (
                      <Badge size="xs" variant="light" color="gray" ml={6} leftSection={<Lock size={9} aria-hidden />}>
                        {t("explorer.hidden")}
                      </Badge>
                    )}
                  </Grid.Td>
                  <Grid.Td>
                    <Text span fz={12} c="dimmed">
                      {column.type}
                    </Text>
                  </Grid.Td>
                  <Grid.Td>
                    <Reads yes={column.first} />
                  </Grid.Td>
                  <Grid.Td>
                    <Reads yes={column.second} />
                  </Grid.Td>
                </Grid.Tr>
              ))}
            </Grid.Tbody>
          </Grid>
        </section>
      )}
    </section>
  );
}

function Reads({ yes }: { yes: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={classes.mark} data-yes={yes || undefined}>
      {yes ? <Check size={13} aria-hidden /> : <X size={13} aria-hidden />}
      {t(yes ? "places.compare.reads" : "places.compare.readsNot")}
    </span>
  );
}
