import { Button, Container, Stack, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { useRetryKey } from "~/kit/form/retry-key";
import { SaveBar } from "~/kit/form/save-bar";
import { defaultsOf } from "~/kit/form/schema";
import { UnsavedGuard } from "~/kit/form/unsaved-guard";
import { useForm } from "~/kit/form/use-form";
import type { Reply } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { type ActionMeta, actionOf, idOf, type ResourceMeta, type Row, titleOf } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { toastDone } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { NoPermission, NotFound } from "~/primitives/states";
import { inputBody, inputFields, type OneTimeSecret, oneTimeSecret, runAction } from "./actions";
import { askedOf } from "./asked";
import { forget } from "./data";
import { SecretDialog } from "./secret-dialog";

interface CreatePageProps {
  resource: ResourceMeta;
  /** What a page of its own has to say before the fields, by what was entered so far. */
  summary?: (values: Record<string, unknown>) => ReactNode;
}

export function CreatePage({ resource, summary }: CreatePageProps) {
  const action = actionOf(resource, "create");
  if (!action) return <NotFound />;
  if (!action.allowed) return <NoPermission permission={action.permission} />;
  return <CreateForm key={resource.name} resource={resource} action={action} summary={summary} />;
}

function CreateForm({ resource, action, summary }: CreatePageProps & { action: ActionMeta }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const navigate = useNavigate();
  const fields = useMemo(() => inputFields(resource, action), [resource, action]);
  const form = useForm(resource.name, fields, defaultsOf(action.input, fields));
  const retry = useRetryKey();
  const [made, setMade] = useState<{ row: Row; secret: OneTimeSecret | null } | null>(null);
  const { base } = useSurface();
  const list = `${base}/${resource.name}`;

  const leave = (row: Row) =>
    navigate({ to: row.id === undefined ? list : `${list}/${encodeURIComponent(idOf(row))}` });

  const submit = async () => {
    let reply: Reply<unknown> | undefined;
    const sent = await form.submit(async (_changed, values) => {
      const body = inputBody(fields, values);
      try {
        reply = await runAction(resource, action, { kind: "none" }, body, retry.keyFor(body));
      } catch (error) {
        retry.failed(error);
        throw error;
      }
    });
    if (!sent || !reply) return;
    const row = (reply.data ?? {}) as Row;
    const secret = oneTimeSecret(row);
    setMade({ row, secret });
    toastDone(t("actions.created", { what: titleOf(resource, { ...form.values, ...row }) }));
    await forget(client, resource.name);
    if (!secret) await leave(row);
  };

  const title = t("actions.newTitle", { what: labels.singular(resource) });
  return (
    <Container size={600} p={0} m={0}>
      <Stack gap={20}>
        <PageHeader title={title} description={labels.description(resource)} />
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Stack gap={16}>
            <ErrorSummary form={form} />
            {summary?.(form.values)}
            <FormFields form={form} />
            <SaveBar
              form={form}
              always
              asked={askedOf(resource, action, { kind: "none" }, fields, inputBody(fields, form.values))}
              verb={
                action.label === "Create"
                  ? t("actions.createOne", { what: labels.singular(resource) })
                  : labels.action(resource.name, action)
              }
              onSubmit={() => void submit()}
              onCancel={() => navigate({ to: list })}
            />
          </Stack>
        </form>
      </Stack>
      <UnsavedGuard dirty={form.dirty && made === null} />
      <SecretDialog secret={made?.secret ?? null} title={title} onClose={() => made && leave(made.row)} />
    </Container>
  );
}

/** Leads to the form for a new object; disabled with the reason when that isn't allowed. */
export function CreateButton({ resource }: { resource: ResourceMeta }) {
  const labels = useLabels();
  const { t } = useTranslation();
  const { base } = useSurface();
  const action = actionOf(resource, "create");
  if (!action) return null;
  const label = t("actions.newTitle", { what: labels.singular(resource) });
  if (!action.allowed) {
    // Stays reachable by keyboard, so that the reason can be read.
    return (
      <Tooltip label={t("actions.needs", { permission: action.permission })}>
        <Button data-disabled aria-disabled="true">
          {label}
        </Button>
      </Tooltip>
    );
  }
  return (
    <Button component={Link} to={`${base}/${resource.name}/new`}>
      {label}
    </Button>
  );
}
