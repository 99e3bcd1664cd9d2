/** Enumerations: the ones that are there, new ones, and new values. */
import {
  ActionIcon,
  Badge,
  Button,
  Drawer,
  Group,
  Menu,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { MoreHorizontal, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toldReason } from "~/lib/refusals/told";
import { NothingYet } from "~/primitives/states";
import rowClasses from "../../row/row.module.css";
import { ChangeDrawer } from "../ChangeDrawer";
import classes from "../plan.module.css";
import { type Enumeration, sourceSchemaQuery } from "../schema";

type Doing =
  | { what: "new" }
  | { what: "value"; of: Enumeration }
  | { what: "rename"; of: Enumeration; value: string }
  | { what: "drop"; of: Enumeration };

export function Enums({ source, onClose }: { source: string; onClose: () => void }) {
  const { t } = useTranslation();
  const facts = useQuery(sourceSchemaQuery(source));
  const [doing, setDoing] = useState<Doing | null>(null);
  const change = facts.data?.change;
  const done = () => setDoing(null);
  return (
    <Drawer.Root opened onClose={onClose} position="right" size={600}>
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content aria-label={t("explorer.schema.enums")}>
        <Drawer.Header className={rowClasses.head}>
          <Drawer.Title>{t("explorer.schema.enums")}</Drawer.Title>
          <Drawer.CloseButton aria-label={t("primitives.close")} />
        </Drawer.Header>
        <Drawer.Body p={0}>
          <div className={classes.body}>
            <Group justify="flex-end">
              <span title={toldReason(change?.reason)}>
                <Button
                  size="xs"
                  leftSection={<Plus size={14} />}
                  disabled={!change?.allowed}
                  onClick={() => setDoing({ what: "new" })}
                >
                  {t("explorer.schema.newEnum")}
                </Button>
              </span>
            </Group>
            {facts.data?.enums.length === 0 && (
              <NothingYet title={t("explorer.schema.noEnums")}>{t("explorer.schema.noEnumsText")}</NothingYet>
            )}
            {facts.data?.enums.map((one) => (
              <div key={`${one.schema}.${one.name}`} className={classes.preview}>
                <Group justify="space-between" wrap="nowrap">
                  <Text fz={13} fw={500}>
                    {one.schema}.{one.name}
                  </Text>
                  <Menu position="bottom-end" withinPortal>
                    <Menu.Target>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t("explorer.schema.more", { name: one.name })}
                        disabled={!change?.allowed}
                      >
                        <MoreHorizontal size={15} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => setDoing({ what: "value", of: one })}>
                        {t("explorer.schema.addValue")}
                      </Menu.Item>
                      {one.values.map((value) => (
                        <Menu.Item key={value} onClick={() => setDoing({ what: "rename", of: one, value })}>
                          {t("explorer.schema.renameValue", { value })}
                        </Menu.Item>
                      ))}
                      <Menu.Item color="red" onClick={() => setDoing({ what: "drop", of: one })}>
                        {t("explorer.schema.drop")}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Group>
                <Group gap={6}>
                  {one.values.map((value) => (
                    <Badge key={value} variant="light" color="gray" tt="none">
                      {value}
                    </Badge>
                  ))}
                </Group>
              </div>
            ))}
          </div>
          {doing?.what === "new" && <NewEnum source={source} onClose={done} />}
          {doing?.what === "value" && <AddValue source={source} of={doing.of} onClose={done} />}
          {doing?.what === "rename" && <RenameValue source={source} of={doing.of} value={doing.value} onClose={done} />}
          {doing?.what === "drop" && (
            <ChangeDrawer
              source={source}
              title={t("explorer.schema.dropNamed", { name: doing.of.name })}
              changes={[{ change: "drop_enum", schema: doing.of.schema, name: doing.of.name }]}
              danger
              apply={t("explorer.schema.drop")}
              onClose={done}
            />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function NewEnum({ source, onClose }: { source: string; onClose: () => void }) {
  const { t } = useTranslation();
  const facts = useQuery(sourceSchemaQuery(source));
  const spaces = (facts.data?.schemas ?? []).map((one) => one.name);
  const [schema, setSchema] = useState(spaces.includes("public") ? "public" : (spaces[0] ?? "public"));
  const [name, setName] = useState("");
  const [values, setValues] = useState<string[]>([]);
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.newEnum")}
      changes={name && values.length > 0 ? [{ change: "create_enum", schema, name, values }] : null}
      dirty={name !== "" || values.length > 0}
      apply={t("explorer.schema.createEnum")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          <TextInput
            label={t("explorer.schema.name")}
            withAsterisk
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={error("name")}
          />
          <Select
            label={t("explorer.schema.schema")}
            data={spaces}
            value={schema}
            allowDeselect={false}
            onChange={(next) => setSchema(next ?? "public")}
          />
          <TagsInput
            label={t("explorer.schema.values")}
            description={t("explorer.schema.valuesHelp")}
            value={values}
            onChange={setValues}
            error={error("values")}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}

function AddValue({ source, of, onClose }: { source: string; of: Enumeration; onClose: () => void }) {
  const { t } = useTranslation();
  const [value, setValue] = useState("");
  const [before, setBefore] = useState<string | null>(null);
  const { schema, name } = of;
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.addValueTo", { name })}
      changes={value ? [{ change: "add_enum_value", schema, name, value, ...(before ? { before } : {}) }] : null}
      dirty={value !== ""}
      apply={t("explorer.schema.addValue")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          <TextInput
            label={t("explorer.schema.newValue")}
            withAsterisk
            value={value}
            onChange={(e) => setValue(e.currentTarget.value)}
            error={error("value")}
          />
          <Select
            label={t("explorer.schema.before")}
            placeholder={t("explorer.schema.atEnd")}
            data={of.values}
            value={before}
            onChange={setBefore}
            clearable
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}

function RenameValue(props: { source: string; of: Enumeration; value: string; onClose: () => void }) {
  const { source, of, value, onClose } = props;
  const { t } = useTranslation();
  const [to, setTo] = useState(value);
  const { schema, name } = of;
  return (
    <ChangeDrawer
      source={source}
      title={t("explorer.schema.renameValue", { value })}
      changes={to && to !== value ? [{ change: "rename_enum_value", schema, name, value, to }] : null}
      dirty={to !== value}
      apply={t("explorer.schema.apply")}
      onClose={onClose}
    >
      {(error) => (
        <TextInput
          label={t("explorer.schema.newValue")}
          value={to}
          onChange={(e) => setTo(e.currentTarget.value)}
          error={error("to")}
        />
      )}
    </ChangeDrawer>
  );
}
