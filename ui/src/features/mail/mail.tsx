// How mail leaves this installation, whether that works, and a letter to try it.
import { Alert, Button, Container, Group, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "~/kit/fields";
import { ErrorSummary } from "~/kit/form/error-summary";
import { fieldFromSchema } from "~/kit/form/schema";
import { useForm } from "~/kit/form/use-form";
import { api, toProblem } from "~/lib/api";
import { useCan, useSession } from "~/lib/session";
import { FactList } from "~/primitives/key-facts";
import { PageHeader } from "~/primitives/page-header";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";

interface Status {
  delivers: boolean;
  server: string | null;
  encryption: "wrapped" | "required" | "none" | null;
  from: string;
  folder: string | null;
}

interface Health {
  ok: boolean;
  message: string;
}

export function MailPage() {
  const { t } = useTranslation();
  const status = useQuery({
    queryKey: ["mail", "status"],
    queryFn: async ({ signal }) => (await api.get<Status>("/mail/status", { signal })).data,
  });
  return (
    <Container size={720} p={0} m={0}>
      <Stack gap={24}>
        <PageHeader title={t("mail.title")} description={t("mail.text")} />
        {status.isPending ? (
          <FormSkeleton fields={3} />
        ) : status.isError ? (
          <Failed problem={toProblem(status.error)} onRetry={() => void status.refetch()} />
        ) : (
          <>
            <WayOut status={status.data} />
            <TryIt delivers={status.data.delivers} />
          </>
        )}
      </Stack>
    </Container>
  );
}

function WayOut({ status }: { status: Status }) {
  const { t } = useTranslation();
  const facts = status.delivers
    ? [
        { key: "server", label: t("mail.server"), value: status.server },
        { key: "encryption", label: t("mail.encryption"), value: t(`mail.encryptions.${status.encryption}`) },
        { key: "from", label: t("mail.from"), value: status.from },
      ]
    : [
        { key: "folder", label: t("mail.folder"), value: <code>{status.folder}</code> },
        { key: "from", label: t("mail.from"), value: status.from },
      ];
  return (
    <section style={{ containerType: "inline-size" }}>
      {!status.delivers && (
        <Alert
          color="yellow"
          variant="light"
          icon={<TriangleAlert size={16} aria-hidden />}
          mb={16}
          title={t("mail.none")}
        >
          {t("mail.noneText")}
        </Alert>
      )}
      <FactList facts={facts} />
    </section>
  );
}

function TryIt({ delivers }: { delivers: boolean }) {
  const { t } = useTranslation();
  const allowed = useCan("mail:test");
  const session = useSession();
  const field = {
    ...fieldFromSchema("email", { type: "string", format: "email", maxLength: 254 }, {}, true),
    label: t("mail.recipient"),
  };
  const form = useForm("mail", [field], { email: session.user?.email ?? "" });
  const check = useMutation({ mutationFn: async () => (await api.post<Health>("/mail/check", {})).data });
  const test = useMutation({
    mutationFn: async (email: unknown) => (await api.post<Health>("/mail/test", { email })).data,
  });
  const why = allowed ? null : t("actions.needs", { permission: "mail:test" });
  const busy = check.isPending || test.isPending;
  const health = test.data ?? check.data;

  return (
    <section>
      <Title order={2}>{t("mail.try")}</Title>
      <Text fz={13} c="dimmed" mb={12}>
        {t(delivers ? "mail.tryText" : "mail.tryFile")}
      </Text>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (why !== null) return;
          check.reset();
          void form.submit(async (_changed, values) => void (await test.mutateAsync(values.email)));
        }}
      >
        <Stack gap={16}>
          {form.problem && <ErrorSummary form={form} />}
          <FieldInput
            field={field}
            scope="mail"
            id={form.idOf("email")}
            label={field.label}
            help={null}
            value={form.values.email}
            onChange={(value) => form.set("email", value)}
            error={form.errors[0]?.message ?? null}
            disabled={busy || why !== null}
            autoComplete="email"
          />
          <Group gap={8}>
            <Tooltip label={why} disabled={why === null}>
              <Button type="submit" loading={test.isPending} data-disabled={why !== null || undefined}>
                {t("mail.send")}
              </Button>
            </Tooltip>
            <Button
              variant="default"
              loading={check.isPending}
              disabled={why !== null || !delivers}
              onClick={() => {
                test.reset();
                check.mutate();
              }}
            >
              {t("mail.check")}
            </Button>
          </Group>
          <div aria-live="polite">
            {check.isError && <Failed problem={toProblem(check.error)} onRetry={() => check.mutate()} />}
            {health && !busy && (
              <Alert
                color={health.ok ? "green" : "red"}
                variant="light"
                icon={health.ok ? <CircleCheck size={16} aria-hidden /> : <TriangleAlert size={16} aria-hidden />}
                title={t(health.ok ? "mail.works" : "mail.fails")}
                style={{ overflowWrap: "anywhere" }}
              >
                {health.message}
              </Alert>
            )}
          </div>
        </Stack>
      </form>
    </section>
  );
}
