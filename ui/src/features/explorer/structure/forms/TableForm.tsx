/** A new table: its columns in a list, the first of them a key that numbers by itself. */
import { ActionIcon, Button, Checkbox, Table as Grid, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChangeDrawer } from "../ChangeDrawer";
import plan from "../plan.module.css";
import { type Change, sourceSchemaQuery } from "../schema";
import classes from "../structure.module.css";
import { type ColumnDraft, columnOf, NEW_COLUMN, TypeInput } from "./ColumnForm";

interface Line extends ColumnDraft {
  id: number;
  key: boolean;
}

const FIRST: Line[] = [
  { ...NEW_COLUMN, id: 0, name: "id", type: "bigint", how: "by_default", nullable: false, key: true },
  { ...NEW_COLUMN, id: 1, name: "created_at", type: "timestamptz", default: "now()", nullable: false, key: false },
];

interface NewTableProps {
  source: string;
  schema?: string;
  onClose: () => void;
  onMade: (schema: string, table: string) => void;
}

export function NewTable({ source, schema: given, onClose, onMade }: NewTableProps) {
  const { t } = useTranslation();
  const facts = useQuery(sourceSchemaQuery(source));
  const spaces = (facts.data?.schemas ?? []).map((one) => one.name);
  const [chosen, setSchema] = useState<string | null>(given ?? null);
  const schema = chosen ?? (spaces.includes("public") ? "public" : spaces[0]) ?? "public";
  const [name, setName] = useState("");
  const [comment, setComment] = useState("");
  const [lines, setLines] = useState<Line[]>(FIRST);
  const next = useRef(FIRST.length);
  const set = (id: number, more: Partial<Line>) =>
    setLines(lines.map((line) => (line.id === id ? { ...line, ...more } : line)));
  const columns = lines.map(columnOf);
  const changes: Change[] | null =
    name && columns.every(Boolean)
      ? [
          {
            change: "create_table",
            schema,
            table: name,
            columns,
            primary_key: lines.filter((line) => line.key).map((line) => line.name),
            ...(comment ? { comment } : {}),
          },
        ]
      : null;
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.newTable")}
      changes={changes}
      dirty={name !== ""}
      apply={t("explorer.schema.createTable")}
      onClose={onClose}
      onDone={() => onMade(schema, name)}
    >
      {(error) => (
        <Stack gap={14}>
          <TextInput
            label={t("explorer.schema.name")}
            withAsterisk
            data-autofocus
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={error("table")}
          />
          <Select
            label={t("explorer.schema.schema")}
            data={spaces.length > 0 ? spaces : [schema]}
            value={schema}
            allowDeselect={false}
            onChange={setSchema}
            error={error("schema")}
          />
          <div className={classes.columns}>
            <Grid verticalSpacing={4} horizontalSpacing={6} fz={13} withRowBorders={false}>
              <Grid.Thead>
                <Grid.Tr>
                  {(["column", "type", "default", "key", "needed"] as const).map((head) => (
                    <Grid.Th key={head}>{t(`explorer.schema.heads.${head}`)}</Grid.Th>
                  ))}
                  <Grid.Th />
                </Grid.Tr>
              </Grid.Thead>
              <Grid.Tbody>
                {lines.map((line, place) => (
                  <Grid.Tr key={line.id}>
                    <Grid.Td miw={120}>
                      <TextInput
                        size="xs"
                        aria-label={t("explorer.schema.heads.column")}
                        value={line.name}
                        onChange={(e) => set(line.id, { name: e.currentTarget.value })}
                        error={error(`columns.${place}.name`)}
                      />
                    </Grid.Td>
                    <Grid.Td miw={130}>
                      <TypeInput
                        source={source}
                        size="xs"
                        aria-label={t("explorer.schema.heads.type")}
                        value={line.type}
                        onChange={(type) => set(line.id, { type })}
                        error={error(`columns.${place}.type`)}
                      />
                    </Grid.Td>
                    <Grid.Td miw={110}>
                      <TextInput
                        size="xs"
                        classNames={{ input: plan.mono }}
                        aria-label={t("explorer.schema.heads.default")}
                        placeholder={line.how === "by_default" ? t("explorer.schema.numbered") : undefined}
                        value={line.default}
                        onChange={(e) =>
                          set(line.id, {
                            default: e.currentTarget.value,
                            how: e.currentTarget.value || line.id !== 0 ? "default" : "by_default",
                          })
                        }
                        error={error(`columns.${place}.default`)}
                      />
                    </Grid.Td>
                    <Grid.Td>
                      <Checkbox
                        aria-label={t("explorer.schema.heads.key")}
                        checked={line.key}
                        onChange={(e) =>
                          set(line.id, {
                            key: e.currentTarget.checked,
                            nullable: e.currentTarget.checked ? false : line.nullable,
                          })
                        }
                      />
                    </Grid.Td>
                    <Grid.Td>
                      <Checkbox
                        aria-label={t("explorer.schema.heads.needed")}
                        checked={!line.nullable}
                        disabled={line.key}
                        onChange={(e) => set(line.id, { nullable: !e.currentTarget.checked })}
                      />
                    </Grid.Td>
                    <Grid.Td>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t("explorer.schema.removeColumn", { column: line.name })}
                        onClick={() => setLines(lines.filter((one) => one.id !== line.id))}
                      >
                        <X size={14} />
                      </ActionIcon>
                    </Grid.Td>
                  </Grid.Tr>
                ))}
              </Grid.Tbody>
            </Grid>
            <Button
              size="xs"
              variant="subtle"
              leftSection={<Plus size={14} />}
              onClick={() => setLines([...lines, { ...NEW_COLUMN, id: next.current++, key: false }])}
            >
              {t("explorer.schema.addColumn")}
            </Button>
          </div>
          <TextInput
            label={t("explorer.schema.comment")}
            value={comment}
            onChange={(e) => setComment(e.currentTarget.value)}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}
