// Asking for more rights: which role of staff, what for, and how long.
import { Container, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { SaveBar } from "~/kit/form/save-bar";
import { UnsavedGuard } from "~/kit/form/unsaved-guard";
import { useForm } from "~/kit/form/use-form";
import { inputFields } from "~/kit/resource/actions";
import { forget } from "~/kit/resource/data";
import { api } from "~/lib/api";
import { rightsChanged } from "~/lib/elevations";
import { type ActionMeta, type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { toastDone } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { NoPermission } from "~/primitives/states";

export function AskPage() {
  const resource = resourceNamed(useMeta(), "elevations");
  const action = resource?.actions.find((one) => one.kind === "create");
  if (!resource || !action?.allowed) return <NoPermission permission="elevations:create" />;
  return <AskForm resource={resource} action={action} />;
}

function AskForm({ resource, action }: { resource: ResourceMeta; action: ActionMeta }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { base, kind } = useSurface();
  const fields = useMemo(
    () =>
      inputFields(resource, action)
        // Staff have no level; members ask for a role of organizations with one.
        .filter((field) => field.name !== "level" || kind === "organization")
        .map((field) => (field.name === "role_id" ? { ...field, references_filter: `scope=eq.${kind}` } : field)),
    [resource, action, kind],
  );
  const form = useForm("elevations", fields, { role_id: null, reason: "", minutes: 60 });
  const submit = async () => {
    const sent = await form.submit(async (_changed, values) => {
      await api.post("/elevations", values);
    });
    if (!sent) return;
    toastDone(t("elevation.asked"));
    form.reset(form.values);
    await Promise.all([rightsChanged(client), forget(client, "elevations")]);
    await navigate({ to: `${base}/approvals` });
  };
  return (
    <Container size={600} p={0} m={0}>
      <Stack gap={20}>
        <PageHeader title={t("elevation.ask")} description={t("elevation.askText")} />
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Stack gap={16}>
            <ErrorSummary form={form} />
            <FormFields form={form} />
            <SaveBar
              form={form}
              always
              verb={t("elevation.send")}
              onSubmit={() => void submit()}
              onCancel={() => navigate({ to: `${base}/approvals` })}
            />
          </Stack>
        </form>
      </Stack>
      <UnsavedGuard dirty={form.dirty && !form.busy} />
    </Container>
  );
}
