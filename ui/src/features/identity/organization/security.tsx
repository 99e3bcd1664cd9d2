// What protects an organization: from where its members come, who needs a second factor, and who has none yet.
import { Alert, Anchor, Container, Stack, Switch, Text, Title, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { countQuery, forget, objectQuery } from "~/kit/resource/data";
import { api } from "~/lib/api";
import { actionOf, type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { toastDone, toastProblem } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { FormSkeleton } from "~/primitives/skeletons";
import { Section } from "../security";

export function OrganizationSecurity() {
  const { t } = useTranslation();
  const meta = useMeta();
  const networks = resourceNamed(meta, "restrictions");
  const about = resourceNamed(meta, "organizations");
  const members = resourceNamed(meta, "memberships");
  return (
    <Container size={720} p={0} m={0}>
      <Stack gap={32}>
        <PageHeader title={t("organization.protection")} description={t("organization.securityText")} />
        {about?.can_read && <SecondFactor about={about} members={members} />}
        {networks && (
          <Section
            resource={networks}
            query="order=created_at.desc"
            title={t("organization.from")}
            text={t("organization.fromText")}
            none={t("organization.fromNone")}
            add={t("security.allow")}
            line={(row) => (
              <>
                <code>{String(row.network)}</code>
                <Text span fz={13} c="dimmed">
                  {typeof row.note === "string" ? row.note : ""}
                </Text>
              </>
            )}
          />
        )}
      </Stack>
    </Container>
  );
}

function SecondFactor({ about, members }: { about: ResourceMeta; members: ResourceMeta | undefined }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { organization } = useSurface();
  const [busy, setBusy] = useState(false);
  const loaded = useQuery(objectQuery(about, organization ?? ""));
  const update = actionOf(about, "update");
  if (!loaded.data) return <FormSkeleton fields={1} />;
  const { row, version } = loaded.data;
  const needed = row.second_factor === true;
  const set = async (next: boolean) => {
    setBusy(true);
    try {
      await api.patch(`/organizations/${organization}`, { second_factor: next }, { version: version ?? "*" });
      toastDone(t(next ? "organization.factorOn" : "organization.factorOff"));
    } catch (error) {
      toastProblem(error, t("organization.factorFailed"));
    } finally {
      setBusy(false);
      await forget(client, "organizations");
    }
  };
  return (
    <section aria-label={t("organization.factor")}>
      <Title order={2} mb={4}>
        {t("organization.factor")}
      </Title>
      <Text fz={13} c="dimmed" mb={12}>
        {t("organization.factorText")}
      </Text>
      <Stack gap={12}>
        <Tooltip
          label={t("actions.needs", { permission: update?.permission })}
          disabled={update?.allowed === true}
          position="bottom-start"
        >
          <div>
            <Switch
              label={t("organization.factorNeeded")}
              checked={needed}
              disabled={busy || update?.allowed !== true}
              onChange={(event) => void set(event.currentTarget.checked)}
            />
          </div>
        </Tooltip>
        {members?.can_read && <Without needed={needed} />}
      </Stack>
    </section>
  );
}

/** Who has none; only those who look after members are told. */
function Without({ needed }: { needed: boolean }) {
  const { t } = useTranslation();
  const { base } = useSurface();
  const count = useQuery(countQuery("memberships", [["second_factor", "is.false"]], "exact")).data?.value ?? 0;
  const filter = toAddressText({ items: [{ kind: "condition", column: "second_factor", op: "is", value: "false" }] });
  return (
    <Alert
      variant="light"
      color={count === 0 ? "green" : needed ? "yellow" : "gray"}
      icon={count === 0 ? <ShieldCheck size={16} aria-hidden /> : <ShieldAlert size={16} aria-hidden />}
    >
      {count === 0 ? (
        t("organization.allHave")
      ) : (
        <Anchor fz="inherit" renderRoot={(props) => <Link {...props} to={`${base}/memberships`} search={{ filter }} />}>
          {t("organization.without", { count })}
        </Anchor>
      )}
    </Alert>
  );
}
