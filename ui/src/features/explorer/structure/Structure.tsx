/** What a table is made of, and where that is changed: columns, rules, indexes, row policies, and what hangs on it. */
import { Badge, Button, Code, Table as Grid, Menu, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { toldReason } from "~/lib/refusals/told";
import { tablePath } from "../cells/foreign";
import { tablePath as tableAnswer } from "../data";
import type { Table, TableRef } from "../model";
import { Marks } from "../table/columns";
import { type Doing, DoingDrawer } from "./Doing";
import { Policies } from "./Policies";
import { Add, RowMenu, Section } from "./Section";
import { Sql } from "./Sql";
import { type Change, type Shape, shapeQuery } from "./schema";
import classes from "./structure.module.css";
import { TakeOver } from "./TakeOver";

/** Until it is known, nothing can be changed. */
const UNKNOWN: Shape = {
  owner: null,
  change: { allowed: false, reason: null },
  take_over: { allowed: false, reason: null },
  row_security: false,
  forced: false,
  policies: [],
  rules: [],
  triggers: [],
  used_by: [],
  definition: [],
};

export function Structure({ tableRef, table }: { tableRef: TableRef; table: Table }) {
  const { t } = useTranslation();
  const { source } = tableRef;
  const known = useQuery({ ...shapeQuery(tableRef), enabled: !table.panel });
  const shape = known.data ?? UNKNOWN;
  const [doing, setDoing] = useState<Doing | null>(null);
  const foreign = new Set(table.foreign_keys.flatMap((key) => key.columns));
  const isTable = table.kind === "table" || table.kind === "partitioned" || table.kind === "partition";
  const may = shape.change;
  const of = { schema: table.schema, table: table.name };
  const drop = (name: string, change: Change, leaves = false) =>
    setDoing({
      what: "do",
      title: t("explorer.schema.dropNamed", { name }),
      apply: t("explorer.schema.drop"),
      danger: true,
      changes: [change],
      leaves,
    });
  const rule = (name: string) => shape.rules.find((one) => one.name === name);
  const ruleMenu = (name: string) => [
    ...(rule(name)?.validated === false
      ? [
          {
            label: t("explorer.schema.validate"),
            act: () =>
              setDoing({
                what: "do",
                title: t("explorer.schema.validateNamed", { name }),
                apply: t("explorer.schema.validate"),
                danger: false,
                changes: [{ change: "validate_constraint", ...of, name }],
              }),
          },
        ]
      : []),
    {
      label: t("explorer.schema.drop"),
      danger: true,
      act: () => drop(name, { change: "drop_constraint", ...of, name }),
    },
  ];
  const unchecked = (name: string) =>
    rule(name)?.validated === false && (
      <Badge size="xs" variant="light" color="yellow" ml={6}>
        {t("explorer.schema.unchecked")}
      </Badge>
    );
  const link = (schema: string, name: string) => (
    <Link to={tablePath({ source, schema, table: name })} className={classes.link}>
      {schema === table.schema ? name : `${schema}.${name}`}
    </Link>
  );
  const addRule = isTable && (
    <Add may={may} label={t("explorer.schema.addRule")} onAdd={() => setDoing({ what: "add-rule" })} />
  );
  const primary = table.indexes.find((index) => index.primary)?.name;
  const ofRules = new Set([...shape.rules.map((one) => one.name), ...(primary ? [primary] : [])]);

  return (
    <div className={classes.page}>
      {!table.panel && (isTable || table.kind === "view") && (
        <div className={classes.tools}>
          <Menu position="bottom-start" withinPortal>
            <Menu.Target>
              <Button
                size="xs"
                variant="default"
                rightSection={<ChevronDown size={14} />}
                disabled={!may.allowed}
                title={toldReason(may.reason)}
              >
                {t("explorer.schema.change")}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setDoing({ what: "table" })}>{t("explorer.schema.nameAndComment")}</Menu.Item>
              {table.kind === "view" && (
                <Menu.Item onClick={() => setDoing({ what: "view" })}>{t("explorer.schema.changeQuery")}</Menu.Item>
              )}
              <Menu.Divider />
              <Menu.Item
                color="red"
                onClick={() =>
                  drop(
                    table.name,
                    table.kind === "view"
                      ? { change: "drop_view", schema: table.schema, name: table.name }
                      : { change: "drop_table", ...of },
                    true,
                  )
                }
              >
                {t(table.kind === "view" ? "explorer.schema.dropView" : "explorer.schema.dropTable")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          {isTable && (
            <Button
              size="xs"
              variant="default"
              leftSection={<Plus size={14} />}
              disabled={!may.allowed}
              title={toldReason(may.reason)}
              onClick={() => setDoing({ what: "add-column" })}
            >
              {t("explorer.schema.addColumn")}
            </Button>
          )}
          <CopyAs
            asked={{
              path: tableAnswer(tableRef),
              query: [],
              command: ["schema", "sql", `${table.schema}.${table.name}`],
              options: { source },
            }}
          />
        </div>
      )}
      {shape.owner && (
        <TakeOver
          source={source}
          owner={shape.owner}
          reason={shape.take_over.allowed ? null : shape.take_over.reason}
        />
      )}
      <Section title={t("explorer.columns")} head={["name", "type", "nullable", "default", "comment"]} menu>
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
            <Grid.Td>{column.comment ?? toldReason(column.hidden_reason)}</Grid.Td>
            <RowMenu
              may={isTable ? may : { allowed: false, reason: null }}
              name={column.name}
              items={[
                { label: t("explorer.schema.edit"), act: () => setDoing({ what: "column", column }) },
                {
                  label: t("explorer.schema.drop"),
                  danger: true,
                  act: () => drop(column.name, { change: "drop_column", ...of, column: column.name }),
                },
              ]}
            />
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.keys")} head={["name", "columns", "kind"]} add={addRule} menu>
        {table.primary_key.length > 0 && (
          <Grid.Tr>
            <Grid.Td>{primary ?? t("explorer.primaryKey")}</Grid.Td>
            <Grid.Td>{table.primary_key.join(", ")}</Grid.Td>
            <Grid.Td>{t("explorer.primaryKey")}</Grid.Td>
            <RowMenu may={may} name={primary ?? ""} items={primary ? ruleMenu(primary) : []} />
          </Grid.Tr>
        )}
        {table.uniques.map((unique) => (
          <Grid.Tr key={unique.name}>
            <Grid.Td>{unique.name}</Grid.Td>
            <Grid.Td>{unique.columns.join(", ")}</Grid.Td>
            <Grid.Td>{t("explorer.unique")}</Grid.Td>
            <RowMenu may={may} name={unique.name} items={ruleMenu(unique.name)} />
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.foreignKeys")} head={["name", "columns", "target"]} add={addRule} menu>
        {table.foreign_keys.map((key) => (
          <Grid.Tr key={key.name}>
            <Grid.Td>
              {key.name}
              {unchecked(key.name)}
            </Grid.Td>
            <Grid.Td>{key.columns.join(", ")}</Grid.Td>
            <Grid.Td>
              {link(key.schema, key.table)} ({key.target_columns.join(", ")})
            </Grid.Td>
            <RowMenu may={may} name={key.name} items={ruleMenu(key.name)} />
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
      <Section
        title={t("explorer.indexes")}
        head={["name", "columns", "definition"]}
        add={
          isTable && (
            <Add may={may} label={t("explorer.schema.addIndex")} onAdd={() => setDoing({ what: "add-index" })} />
          )
        }
        menu
      >
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
            <RowMenu
              may={may}
              name={index.name}
              items={
                ofRules.has(index.name)
                  ? []
                  : [
                      {
                        label: t("explorer.schema.drop"),
                        danger: true,
                        act: () =>
                          drop(index.name, {
                            change: "drop_index",
                            schema: table.schema,
                            name: index.name,
                            concurrently: table.kind !== "partitioned",
                          }),
                      },
                    ]
              }
            />
          </Grid.Tr>
        ))}
      </Section>
      <Section title={t("explorer.checks")} head={["name", "definition"]} add={addRule} menu>
        {table.checks.map((check) => (
          <Grid.Tr key={check.name}>
            <Grid.Td>
              {check.name}
              {unchecked(check.name)}
            </Grid.Td>
            <Grid.Td>
              <code className={classes.code}>{check.definition}</code>
            </Grid.Td>
            <RowMenu may={may} name={check.name} items={ruleMenu(check.name)} />
          </Grid.Tr>
        ))}
      </Section>
      {isTable && !table.panel && (
        <Policies tableRef={tableRef} table={table} shape={shape} onDo={setDoing} onDrop={drop} />
      )}
      {shape.used_by.length > 0 && (
        <Section title={t("explorer.schema.usedBy")} head={["kind", "name"]}>
          {shape.used_by.map((one) => (
            <Grid.Tr key={one.kind + one.name}>
              <Grid.Td>{t(`explorer.schema.kinds.${one.kind}`, { defaultValue: one.kind })}</Grid.Td>
              <Grid.Td>
                <Code fz={12}>{one.name}</Code>
              </Grid.Td>
            </Grid.Tr>
          ))}
        </Section>
      )}
      {shape.definition.length > 0 && (
        <section className={classes.section}>
          <h2 className={classes.heading}>{t("explorer.schema.sql")}</h2>
          <Sql sql={shape.definition.map((sql) => `${sql};`).join("\n\n")} label={t("explorer.schema.copySql")} />
        </section>
      )}
      {doing && (
        <DoingDrawer doing={doing} tableRef={tableRef} table={table} shape={shape} onClose={() => setDoing(null)} />
      )}
    </div>
  );
}
