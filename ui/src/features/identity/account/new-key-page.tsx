// A new API key: for which organization, what it may do there, from where and for how long. Its text is shown once.
import { Button, Group, MultiSelect, NumberInput, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DatetimeField } from "~/kit/fields/datetime/input";
import { ErrorSummary } from "~/kit/form/error-summary";
import { type FormState, useForm } from "~/kit/form/use-form";
import { SecretDialog } from "~/kit/resource/secret-dialog";
import { api } from "~/lib/api";
import { humanize } from "~/lib/labels";
import { useUserSession } from "~/lib/session";
import { PageHeader } from "~/primitives/page-header";
import { field } from "../fields";
import { readAgain } from "../own/data";
import { ToKeys } from "./key-page";
import { useDoor } from "./sections";

const LIFETIMES = ["30", "90", "365", "never", "until"] as const;
const DAY = 86_400_000;

export function NewKeyPage() {
  const { t } = useTranslation();
  const door = useDoor();
  const client = useQueryClient();
  const navigate = useNavigate();
  const organizations = (useUserSession().organizations ?? []).filter((one) => one.status === "active");
  const fields = useMemo(
    () => [
      field("name", "text", t("identity.name"), { max: 120 }),
      field("organization_id", "text", t("account.keys.organization")),
      field("scopes", "list", t("account.keys.scopes")),
      field("expires_at", "datetime", t("account.keys.expires"), { required: false, nullable: true }),
      field("networks", "list", t("account.keys.networks"), { required: false }),
      field("per_minute", "int", t("account.keys.perMinute"), { required: false, min: 1, max: 1_000_000 }),
    ],
    [t],
  );
  const form = useForm("account.keys", fields, {
    name: "",
    organization_id: organizations.length === 1 ? (organizations[0]?.id ?? "") : "",
    scopes: [],
    expires_at: null,
    networks: [],
    per_minute: null,
  });
  const [lifetime, setLifetime] = useState<string>("90");
  const [made, setMade] = useState<{ id: string; key: string } | null>(null);

  const submit = () =>
    form.submit(async (_changed, { name, organization_id, scopes, expires_at, networks, per_minute }) => {
      const until = /^\d+$/.test(lifetime) ? new Date(Date.now() + Number(lifetime) * DAY).toISOString() : null;
      const body = {
        name,
        organization_id,
        scopes,
        networks,
        per_minute,
        expires_at: lifetime === "until" ? expires_at : until,
      };
      const answer = await api.post<{ id: string; key: string }>(`${door.own}/keys`, body);
      await readAgain(client, door);
      setMade(answer.data);
    });
  const text = (name: string) => String(form.values[name] ?? "");
  const list = (name: string) => (form.values[name] as string[] | null) ?? [];
  const error = (name: string) => form.errors.find((one) => one.field === name)?.message ?? null;
  const shared = (name: string) => ({ id: form.idOf(name), error: error(name), disabled: form.busy });

  return (
    <>
      <div>
        <ToKeys />
        <PageHeader title={t("account.keys.new")} description={t("account.keys.newText")} />
      </div>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap={20} maw={480}>
          <ErrorSummary form={form} />
          <TextInput
            {...shared("name")}
            label={t("identity.name")}
            description={t("account.keys.nameHelp")}
            required
            maxLength={120}
            value={text("name")}
            data-autofocus
            onChange={(event) => form.set("name", event.currentTarget.value)}
          />
          <Select
            {...shared("organization_id")}
            label={t("account.keys.organization")}
            description={t("account.keys.organizationHelp")}
            required
            allowDeselect={false}
            data={organizations.map((one) => ({ value: one.id, label: one.name }))}
            value={text("organization_id") || null}
            onChange={(value) => {
              form.set("organization_id", value ?? "");
              form.set("scopes", []);
            }}
          />
          <Scopes form={form} shared={shared("scopes")} value={list("scopes")} organization={text("organization_id")} />
          <Select
            label={t("account.keys.expires")}
            description={lifetime === "never" ? t("account.keys.neverHelp") : undefined}
            allowDeselect={false}
            disabled={form.busy}
            data={LIFETIMES.map((value) => ({ value, label: t(`account.keys.lifetimes.${value}`) }))}
            value={lifetime}
            onChange={(value) => value && setLifetime(value)}
          />
          {lifetime === "until" && (
            <DatetimeField
              {...shared("expires_at")}
              field={field("expires_at", "datetime", t("account.keys.until"))}
              scope="account.keys"
              label={t("account.keys.until")}
              help={null}
              value={form.values.expires_at}
              onChange={(value) => form.set("expires_at", value)}
            />
          )}
          <TagsInput
            {...shared("networks")}
            label={t("account.keys.networks")}
            description={t("account.keys.networksHelp")}
            placeholder={list("networks").length === 0 ? "203.0.113.0/24" : undefined}
            value={list("networks")}
            onChange={(value) => form.set("networks", value)}
          />
          <NumberInput
            {...shared("per_minute")}
            label={t("account.keys.perMinute")}
            description={t("account.keys.perMinuteHelp")}
            min={1}
            max={1_000_000}
            allowDecimal={false}
            hideControls
            value={(form.values.per_minute as number | null) ?? ""}
            onChange={(value) => form.set("per_minute", value === "" ? null : Number(value))}
          />
          <Group justify="flex-end" gap={8}>
            <Button variant="default" disabled={form.busy} onClick={() => void navigate({ to: "/account/keys" })}>
              {t("primitives.cancel")}
            </Button>
            <Button type="submit" loading={form.busy}>
              {t("account.keys.create")}
            </Button>
          </Group>
        </Stack>
      </form>
      <SecretDialog
        title={text("name")}
        secret={made && { kind: "key", value: made.key, mailed: false }}
        onClose={() => made && void navigate({ to: "/account/keys/$key", params: { key: made.id }, replace: true })}
      />
    </>
  );
}

interface ScopesProps {
  form: FormState;
  shared: { id: string; error: string | null; disabled: boolean };
  value: string[];
  organization: string;
}

/** What one may do oneself in the organization, noun by noun: more no key of one's own can hold. */
function Scopes({ form, shared, value, organization }: ScopesProps) {
  const { t } = useTranslation();
  const door = useDoor();
  const held = useQuery({
    queryKey: ["own", door.kind, "scopes", organization],
    enabled: organization !== "",
    queryFn: async ({ signal }) =>
      (await api.get<{ scopes: string[] }>(`${door.own}/organizations/${organization}/scopes`, { signal })).data.scopes,
  });
  const groups = useMemo(() => {
    const scopes = held.data ?? [];
    const nounOf = (scope: string) => scope.split(":")[0] ?? scope;
    return [...new Set(scopes.map(nounOf))].map((noun) => ({
      group: humanize(noun),
      items: scopes.filter((scope) => nounOf(scope) === noun),
    }));
  }, [held.data]);
  return (
    <MultiSelect
      {...shared}
      label={t("account.keys.scopes")}
      description={organization === "" ? t("account.keys.scopesFirst") : t("account.keys.scopesHelp")}
      required
      searchable
      clearable
      hidePickedOptions
      disabled={shared.disabled || organization === ""}
      error={shared.error ?? (held.isError ? t("account.keys.scopesFailed") : null)}
      nothingFoundMessage={held.isPending ? t("states.loading") : t("account.keys.scopesNone")}
      data={groups}
      value={value}
      onChange={(next) => form.set("scopes", next)}
    />
  );
}
