/** A row policy: from a template, by hand, or as it is. */
import {
  Button,
  Checkbox,
  Group,
  MultiSelect,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Table, TableRef } from "../../model";
import { ChangeDrawer } from "../ChangeDrawer";
import plan from "../plan.module.css";
import { type Change, type Command, type Policy, sourceSchemaQuery } from "../schema";
import { type Draft, TEMPLATES } from "./templates";

const COMMANDS: readonly Command[] = ["all", "select", "insert", "update", "delete"];
/** What a role needs before a policy can let it do anything. */
const RIGHTS: Record<Command, readonly string[]> = {
  all: ["select", "insert", "update", "delete"],
  select: ["select"],
  insert: ["insert"],
  update: ["select", "update"],
  delete: ["select", "delete"],
};
const hasUsing = (command: Command) => command !== "insert";
const hasCheck = (command: Command) => command !== "select" && command !== "delete";

interface PolicyFormProps {
  tableRef: TableRef;
  table: Table;
  /** The one that is edited; a new one without. */
  policy?: Policy;
  /** Row security is off: whether it is turned on along with the policy. */
  rowSecurity: boolean;
  onClose: () => void;
}

export function PolicyForm({ tableRef, table, policy, rowSecurity, onClose }: PolicyFormProps) {
  const { t } = useTranslation();
  const { source, schema } = tableRef;
  const facts = useQuery(sourceSchemaQuery(source));
  const [draft, setDraft] = useState<Draft>({
    name: policy?.name ?? "",
    command: policy?.command ?? "select",
    roles: policy?.roles ?? ["authenticated"],
    using: policy?.using ?? "",
    check: policy?.check ?? "",
  });
  const [template, setTemplate] = useState<string | null>(null);
  const [permissive, setPermissive] = useState(policy?.permissive ?? true);
  const [on, setOn] = useState(true);
  const [give, setGive] = useState(true);
  const set = (more: Partial<Draft>) => setDraft({ ...draft, ...more });
  const { command, roles } = draft;
  const [using, check] = [draft.using.trim(), draft.check.trim()];
  const where = { schema, table: table.name };

  const changes = ((): Change[] | null => {
    if (policy) {
      const list: Change[] = [];
      const usingChanged = hasUsing(command) && using !== (policy.using ?? "");
      const checkChanged = hasCheck(command) && check !== (policy.check ?? "");
      if (usingChanged || checkChanged || roles.join() !== policy.roles.join())
        list.push({
          change: "alter_policy",
          ...where,
          name: policy.name,
          roles,
          ...(usingChanged ? { using } : {}),
          ...(checkChanged ? { check } : {}),
        });
      if (draft.name !== policy.name && list.length === 0)
        list.push({ change: "rename_policy", ...where, name: policy.name, to: draft.name });
      return list.length > 0 ? list : null;
    }
    if (!draft.name || (!using && !check)) return null;
    const made: Change = {
      change: "create_policy",
      ...where,
      name: draft.name,
      command,
      permissive,
      roles,
      ...(hasUsing(command) && using ? { using } : {}),
      ...(hasCheck(command) && check ? { check } : {}),
    };
    const grants: Change[] = roles
      .filter((role) => give && role !== "public")
      .map((role) => ({ change: "grant", ...where, role, rights: RIGHTS[command] }));
    const turnOn: Change = { change: "set_row_security", ...where, enabled: true, forced: false };
    return [made, ...(rowSecurity || !on ? [] : [turnOn]), ...grants];
  })();
  return (
    <ChangeDrawer
      source={source}
      title={
        policy
          ? t("explorer.schema.editPolicy", { policy: policy.name })
          : t("explorer.schema.addPolicyTo", { table: table.name })
      }
      changes={changes}
      dirty={changes !== null}
      apply={policy ? t("explorer.schema.apply") : t("explorer.schema.addPolicy")}
      onClose={onClose}
    >
      {(error) => (
        <Stack gap={14}>
          {!policy && (
            <div>
              <Text fz={13} fw={500} mb={6} id="policy-templates">
                {t("explorer.schema.template")}
              </Text>
              <Group gap={6} role="group" aria-labelledby="policy-templates">
                {TEMPLATES.map((one) => (
                  <Button
                    key={one.id}
                    size="compact-sm"
                    fw={400}
                    variant={template === one.id ? "light" : "default"}
                    aria-pressed={template === one.id}
                    onClick={() => {
                      setTemplate(one.id);
                      setDraft(one.make(table.columns));
                    }}
                  >
                    {t(`explorer.schema.templates.${one.id}`)}
                  </Button>
                ))}
              </Group>
            </div>
          )}
          <TextInput
            label={t("explorer.schema.name")}
            withAsterisk
            value={draft.name}
            onChange={(e) => set({ name: e.currentTarget.value })}
            error={error("name") ?? error("to")}
          />
          <Group grow align="flex-start">
            <Select
              label={t("explorer.schema.command")}
              data={COMMANDS.map((value) => ({ value, label: t(`explorer.schema.commands.${value}`) }))}
              value={command}
              allowDeselect={false}
              disabled={policy !== undefined}
              onChange={(next) => set({ command: (next ?? "all") as Command })}
            />
            <MultiSelect
              label={t("explorer.schema.roles")}
              data={[...new Set(["public", ...(facts.data?.roles ?? []), ...roles])]}
              value={roles}
              onChange={(next) => set({ roles: next })}
              searchable
              error={error("roles")}
            />
          </Group>
          {hasUsing(command) && (
            <Textarea
              label={t("explorer.schema.policyUsing")}
              description={t("explorer.schema.policyUsingHelp")}
              classNames={{ input: plan.mono }}
              autosize
              minRows={2}
              value={draft.using}
              onChange={(e) => set({ using: e.currentTarget.value })}
              error={error("using")}
            />
          )}
          {hasCheck(command) && (
            <Textarea
              label={t("explorer.schema.policyCheck")}
              description={t("explorer.schema.policyCheckHelp")}
              classNames={{ input: plan.mono }}
              autosize
              minRows={2}
              value={draft.check}
              onChange={(e) => set({ check: e.currentTarget.value })}
              error={error("check")}
            />
          )}
          {!policy && (
            <div>
              <SegmentedControl
                size="xs"
                aria-label={t("explorer.schema.together")}
                data={[
                  { value: "permissive", label: t("explorer.schema.permissive") },
                  { value: "restrictive", label: t("explorer.schema.restrictive") },
                ]}
                value={permissive ? "permissive" : "restrictive"}
                onChange={(next) => setPermissive(next === "permissive")}
              />
              <Text fz={12} c="dimmed" mt={4}>
                {t(permissive ? "explorer.schema.permissiveHelp" : "explorer.schema.restrictiveHelp")}
              </Text>
            </div>
          )}
          {!policy && roles.some((role) => role !== "public") && (
            <Checkbox
              label={t("explorer.schema.give")}
              description={t("explorer.schema.giveHelp")}
              checked={give}
              onChange={(e) => setGive(e.currentTarget.checked)}
            />
          )}
          {!policy && !rowSecurity && (
            <Checkbox
              label={t("explorer.schema.turnOn")}
              checked={on}
              onChange={(e) => setOn(e.currentTarget.checked)}
            />
          )}
        </Stack>
      )}
    </ChangeDrawer>
  );
}
