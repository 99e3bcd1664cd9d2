// The form of a role: its words, what it extends, and the matrix. Saving asks first, with what changes for whom.
import { Alert, Button, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { SaveKey } from "~/kit/form/save-bar";
import { UnsavedGuard } from "~/kit/form/unsaved-guard";
import { forget } from "~/kit/resource/data";
import { api } from "~/lib/api";
import { same } from "~/lib/merge";
import { useMeta } from "~/lib/meta";
import { type Problem, toProblem } from "~/lib/problem";
import { useSession } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { toastDone } from "~/lib/toast";
import { ChangeDialog } from "./change-dialog";
import { chainOf, type Role, reaches } from "./data";
import { Matrix } from "./matrix";
import { difference } from "./patterns";
import classes from "./role-editor.module.css";

interface Draft {
  label: string;
  name: string;
  description: string;
  scope: Role["scope"];
  extends: string | null;
  permissions: string[];
}

interface RoleEditorProps {
  /** null: a new one. */
  current: Role | null;
  roles: Role[];
  readOnly: boolean;
}

/** "Night shift (support)" → "night_shift_support", for scripts. */
function stableName(label: string): string {
  const plain = label.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);
}

export function RoleEditor({ current: role, roles, readOnly }: RoleEditorProps) {
  const { t } = useTranslation();
  const meta = useMeta();
  const held = useSession().permissions;
  const client = useQueryClient();
  const navigate = useNavigate();
  const { base, kind, organization } = useSurface();
  const start: Draft = {
    label: role?.label ?? "",
    name: role?.name ?? "",
    description: role?.description ?? "",
    scope: role?.scope ?? (kind === "organization" ? "organization" : "platform"),
    extends: role?.extends ?? null,
    permissions: role?.permissions ?? [],
  };
  const [draft, setDraft] = useState(start);
  const [named, setNamed] = useState(false);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const set = (patch: Partial<Draft>) => {
    setProblem(null);
    setDraft((before) => ({ ...before, ...patch }));
  };

  const permissions = useMemo(
    () => meta.permissions.filter((one) => one.scopes.includes(draft.scope)),
    [meta, draft.scope],
  );
  const chain = useMemo(() => chainOf(roles, draft.extends), [roles, draft.extends]);
  const parents = roles.filter(
    (one) =>
      one.scope === draft.scope &&
      [null, role?.organization_id ?? organization].includes(one.organization_id) &&
      (role === null || !reaches(roles, one.id, role.id)),
  );
  const changes = difference(
    { own: start.permissions, chain: role ? chainOf(roles, role.extends) : [] },
    { own: draft.permissions, chain },
    permissions.map((one) => one.name),
  );
  const dirty = !same(start, draft);
  const heirs = role ? roles.filter((one) => one.id !== role.id && reaches(roles, one.id, role.id)) : [];
  const ready = dirty && draft.label.trim() !== "" && (role !== null || /^[a-z][a-z0-9_]{1,39}$/.test(draft.name));
  const ask = () => ready && !readOnly && setAsking(true);
  useHotkeys([["mod+S", ask]], [], true);
  const error = (field: string) => problem?.errors.find((one) => one.field === field)?.message;

  const save = async () => {
    setBusy(true);
    const body = {
      label: draft.label.trim(),
      description: draft.description.trim() === "" ? null : draft.description.trim(),
      permissions: draft.permissions,
      extends: draft.extends,
    };
    try {
      const reply = role
        ? await api.patch<Role>(`/roles/${role.id}`, body, { version: role.version })
        : await api.post<Role>("/roles", { ...body, name: draft.name, scope: draft.scope });
      setDone(true);
      setAsking(false);
      toastDone(t(role ? "actions.saved" : "actions.created", { what: body.label }));
      await forget(client, "roles");
      if (!role) await navigate({ to: `${base}/roles/${reply.data.id}` });
    } catch (failed) {
      setProblem(toProblem(failed));
      setAsking(false);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Stack gap={16}>
      {problem && (
        <Alert color="red" icon={<TriangleAlert size={16} aria-hidden />} title={problem.heading} role="alert">
          {problem.kind === "conflict" ? t("roles.conflict") : problem.detail}
          {problem.errors.map((one) => (
            <Text key={one.field} fz={13}>
              {one.message}
            </Text>
          ))}
        </Alert>
      )}
      {!readOnly && (
        <div className={classes.words}>
          <TextInput
            label={t("roles.label")}
            value={draft.label}
            maxLength={60}
            withAsterisk
            error={error("label")}
            onChange={(event) => {
              const label = event.currentTarget.value;
              set(role || named ? { label } : { label, name: stableName(label) });
            }}
          />
          {role === null && (
            <TextInput
              label={t("roles.name")}
              description={t("roles.nameHelp")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              value={draft.name}
              maxLength={40}
              withAsterisk
              error={error("name")}
              onChange={(event) => {
                setNamed(true);
                set({ name: event.currentTarget.value });
              }}
            />
          )}
          {role === null && kind === "platform" && (
            <div>
              <Text fz={13} fw={500} mb={4}>
                {t("roles.scope")}
              </Text>
              <SegmentedControl
                aria-label={t("roles.scope")}
                data={(["platform", "organization"] as const).map((value) => ({
                  value,
                  label: t(`roles.scopes.${value}`),
                }))}
                value={draft.scope}
                onChange={(scope) => set({ scope: scope as Draft["scope"], extends: null, permissions: [] })}
              />
            </div>
          )}
          <Select
            label={t("roles.extends")}
            description={t("roles.extendsHelp")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            data={parents.map((one) => ({ value: one.id, label: one.label }))}
            value={draft.extends}
            searchable
            clearable
            error={error("extends")}
            onChange={(value) => set({ extends: value })}
          />
          <TextInput
            label={t("roles.description")}
            value={draft.description}
            maxLength={200}
            className={classes.wide}
            error={error("description")}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
        </div>
      )}
      <Matrix
        own={draft.permissions}
        chain={chain}
        permissions={permissions}
        holds={(name) => held?.includes(name) ?? false}
        leveled={draft.scope === "organization"}
        onChange={readOnly ? null : (own) => set({ permissions: own })}
      />
      {!readOnly && (
        <Group className={classes.bar} justify="space-between" gap={8}>
          <Text fz={12} c="dimmed" aria-live="polite">
            {dirty
              ? t("roles.pending", { gained: changes.gained.length, lost: changes.lost.length })
              : t("form.noChanges")}
          </Text>
          <Group gap={8}>
            <Button variant="default" disabled={!dirty || busy} onClick={() => setDraft(start)}>
              {t("roles.discard")}
            </Button>
            <Button disabled={!ready} loading={busy} onClick={ask} rightSection={<SaveKey />}>
              {role ? t("roles.save") : t("roles.create")}
            </Button>
          </Group>
        </Group>
      )}
      <ChangeDialog
        opened={asking}
        busy={busy}
        changes={changes}
        permissions={permissions}
        holders={role?.holders ?? 0}
        heirs={heirs.map((one) => one.label)}
        onCancel={() => setAsking(false)}
        onConfirm={() => void save()}
      />
      <UnsavedGuard dirty={dirty && !done} />
    </Stack>
  );
}
