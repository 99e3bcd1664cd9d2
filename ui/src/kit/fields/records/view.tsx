// A list of small records, read: a line each, in their order.
import { Table } from "@mantine/core";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import type { FieldMeta } from "~/lib/meta";
import { NullValue } from "~/primitives/null-value";
import type { FieldViewProps } from "../types";
import classes from "./records.module.css";

interface RecordsViewProps extends FieldViewProps {
  /** The view of one field inside; given, because it knows this one. */
  one: ComponentType<{ field: FieldMeta; scope: string; value: unknown; dense?: boolean }>;
}

export function RecordsView({ one: One, field, scope, value, dense }: RecordsViewProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const inner = field.items ?? [];
  const records = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
  if (records.length === 0) return <NullValue />;
  if (dense) return <>{t("fields.records", { count: records.length })}</>;
  const within = `${scope}.${field.name}`;
  // What nowhere says anything needs no column.
  const columns = inner.filter((item) => records.some((record) => (record[item.name] ?? null) !== null));
  return (
    <div className={classes.view}>
      <Table fz={13} verticalSpacing={6} horizontalSpacing={12}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((item) => (
              <Table.Th key={item.name} scope="col">
                {labels.field(within, item)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {records.map((record, at) => (
            // Records have no names of their own; their place is what they are told apart by.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <Table.Tr key={at}>
              {columns.map((item) => (
                <Table.Td key={item.name}>
                  <One field={item} scope={within} value={record[item.name]} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
