// What operators said instead of what the room declares, side by side.
import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FieldValue } from "~/kit/fields";
import { useLabels } from "~/lib/labels";
import type { ResourceMeta, Row } from "~/lib/meta";
import classes from "./schedules.module.css";

/** What can be said otherwise than it is declared. */
export const SAID = ["cron", "zone", "jitter_seconds", "overlap", "missed", "missed_most"] as const;

export function Declared({ resource, row }: { resource: ResourceMeta; row: Row }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const others = SAID.filter((name) => row[name] !== row[`declared_${name}`]);
  const fields = others.flatMap((name) => resource.fields.filter((field) => field.name === name));
  if (fields.length === 0) return null;
  return (
    <section aria-labelledby="schedule-declared">
      <Text id="schedule-declared" component="h2" fz={14} fw={600} m={0}>
        {t("schedules.otherwise")}
      </Text>
      <div className={classes.scroll}>
        <Table className={classes.runs}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th />
              <Table.Th>{t("schedules.now")}</Table.Th>
              <Table.Th>{t("schedules.declared")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((field) => (
              <Table.Tr key={field.name}>
                <Table.Th scope="row">{labels.field(resource.name, field)}</Table.Th>
                <Table.Td>
                  <FieldValue field={field} scope={resource.name} value={row[field.name]} />
                </Table.Td>
                <Table.Td>
                  <FieldValue field={field} scope={resource.name} value={row[`declared_${field.name}`]} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
