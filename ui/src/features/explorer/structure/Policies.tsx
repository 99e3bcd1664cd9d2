/** Row security of a table: whether it is in force, and its policies. */
import { Badge, Table as Grid, Group, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { toldReason } from "~/lib/refusals/told";
import type { Table, TableRef } from "../model";
import { ExplainButton } from "../places/ExplainButton";
import type { Doing } from "./Doing";
import { Add, RowMenu, Section } from "./Section";
import type { Change, Shape } from "./schema";
import classes from "./structure.module.css";

interface PoliciesProps {
  tableRef: TableRef;
  table: Table;
  shape: Shape;
  onDo: (doing: Doing) => void;
  onDrop: (name: string, change: Change) => void;
}

export function Policies({ tableRef, table, shape, onDo, onDrop }: PoliciesProps) {
  const { t } = useTranslation();
  const may = shape.change;
  const of = { schema: table.schema, table: table.name };
  const turn = (enabled: boolean, forced: boolean, title: string) =>
    onDo({
      what: "do",
      title,
      apply: t("explorer.schema.apply"),
      danger: !enabled && shape.row_security,
      changes: [{ change: "set_row_security", ...of, enabled, forced }],
    });
  const why = may.allowed ? undefined : toldReason(may.reason);
  return (
    <div>
      <Section
        title={t("explorer.schema.policies")}
        head={["name", "command", "roles", "rows"]}
        add={
          <Group gap={4}>
            <Add may={may} label={t("explorer.schema.addPolicy")} onAdd={() => onDo({ what: "add-policy" })} />
            <ExplainButton tableRef={tableRef} row={null} />
          </Group>
        }
        menu
      >
        {shape.policies.map((policy) => (
          <Grid.Tr key={policy.name}>
            <Grid.Td>
              {policy.name}
              {!policy.permissive && (
                <Badge size="xs" variant="light" color="orange" ml={6}>
                  {t("explorer.schema.restrictive")}
                </Badge>
              )}
              {policy.comment && (
                <Text fz={12} c="dimmed">
                  {policy.comment}
                </Text>
              )}
            </Grid.Td>
            <Grid.Td>{t(`explorer.schema.commands.${policy.command}`)}</Grid.Td>
            <Grid.Td>{policy.roles.join(", ")}</Grid.Td>
            <Grid.Td>
              {policy.using && (
                <div>
                  <code className={classes.code}>{policy.using}</code>
                </div>
              )}
              {policy.check && policy.check !== policy.using && (
                <div>
                  <Text span fz={12} c="dimmed">
                    {t("explorer.schema.written")}{" "}
                  </Text>
                  <code className={classes.code}>{policy.check}</code>
                </div>
              )}
            </Grid.Td>
            <RowMenu
              may={may}
              name={policy.name}
              items={[
                { label: t("explorer.schema.edit"), act: () => onDo({ what: "policy", policy }) },
                {
                  label: t("explorer.schema.drop"),
                  danger: true,
                  act: () => onDrop(policy.name, { change: "drop_policy", ...of, name: policy.name }),
                },
              ]}
            />
          </Grid.Tr>
        ))}
      </Section>
      <Group gap={24} mt={10} title={why}>
        <Switch
          size="xs"
          label={t("explorer.schema.rowSecurity")}
          description={t(shape.row_security ? "explorer.schema.inForce" : "explorer.schema.notInForce")}
          checked={shape.row_security}
          disabled={!may.allowed}
          onChange={(e) => turn(e.currentTarget.checked, shape.forced, t("explorer.schema.rowSecurity"))}
        />
        <Switch
          size="xs"
          label={t("explorer.schema.forced")}
          description={t("explorer.schema.forcedHelp")}
          checked={shape.forced}
          disabled={!may.allowed}
          onChange={(e) => turn(shape.row_security, e.currentTarget.checked, t("explorer.schema.forced"))}
        />
      </Group>
    </div>
  );
}
