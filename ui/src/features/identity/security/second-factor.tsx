// Who needs a second factor to come into the organization: everybody, or those with certain roles. And who has none yet.
import { Alert, Anchor, Stack, Switch, Text, Title, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { countQuery, forget, objectQuery } from "~/kit/resource/data";
import { api } from "~/lib/api";
import { actionOf, type ResourceMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { toastDone, toastProblem } from "~/lib/toast";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { type Role, rolesQuery } from "../roles/data";
import classes from "./section.module.css";

interface SecondFactorProps {
  about: ResourceMeta;
  members: ResourceMeta | undefined;
  roles: ResourceMeta | undefined;
}

export function SecondFactor({ about, members, roles }: SecondFactorProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { organization } = useSurface();
  const [busy, setBusy] = useState(false);
  const loaded = useQuery(objectQuery(about, organization ?? ""));
  const update = actionOf(about, "update");
  if (loaded.isPending) return <FormSkeleton fields={1} />;
  if (loaded.isError) return <Failed problem={toProblem(loaded.error)} onRetry={() => void loaded.refetch()} />;
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
        <Rule
          label={t("organization.factorNeeded")}
          checked={needed}
          busy={busy}
          missing={update?.allowed === true ? null : (update?.permission ?? "organizations:update")}
          onChange={(next) => void set(next)}
        />
        {roles?.can_read && <ByRole resource={roles} everybody={needed} />}
        {members?.can_read && <Without needed={needed} />}
      </Stack>
    </section>
  );
}

interface RuleProps {
  label: string;
  checked: boolean;
  busy: boolean;
  /** The permission that is missing to change it. */
  missing: string | null;
  /** Why it says nothing now. */
  reason?: string | null;
  onChange: (next: boolean) => void;
}

function Rule({ label, checked, busy, missing, reason = null, onChange }: RuleProps) {
  const { t } = useTranslation();
  const why = missing === null ? reason : t("actions.needs", { permission: missing });
  return (
    <Tooltip label={why} disabled={why === null} position="bottom-start">
      <div>
        <Switch
          label={label}
          checked={checked}
          disabled={busy || why !== null}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      </div>
    </Tooltip>
  );
}

/** Roles that need one although not everybody does. */
function ByRole({ resource, everybody }: { resource: ResourceMeta; everybody: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState<string | null>(null);
  const roles = useQuery(rolesQuery);
  const rules = resource.actions.find((one) => one.name === "set-rules");
  if (roles.isPending) return <FormSkeleton fields={2} />;
  if (roles.isError) return <Failed problem={toProblem(roles.error)} onRetry={() => void roles.refetch()} />;
  const set = async (role: Role, next: boolean) => {
    setBusy(role.id);
    try {
      await api.post(`/roles/${role.id}/set-rules`, { second_factor: next });
      toastDone(t(next ? "organization.roleFactorOn" : "organization.roleFactorOff", { role: role.label }));
    } catch (error) {
      toastProblem(error, t("organization.factorFailed"));
    } finally {
      setBusy(null);
      await forget(client, "roles");
    }
  };
  return (
    <div>
      <Text fz={13} mb={8} id="factor-by-role">
        {t("organization.factorByRole")}
      </Text>
      <ul className={classes.rules} aria-labelledby="factor-by-role">
        {roles.data.map((role) => (
          <li key={role.id}>
            <Rule
              label={role.label}
              checked={everybody || role.second_factor}
              busy={busy === role.id}
              missing={rules?.allowed === true ? null : "roles:set-rules"}
              reason={everybody ? t("organization.factorEverybody") : null}
              onChange={(next) => void set(role, next)}
            />
          </li>
        ))}
      </ul>
    </div>
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
        <Anchor
          fz="inherit"
          c="inherit"
          underline="always"
          renderRoot={(props) => <Link {...props} to={`${base}/memberships`} search={{ filter }} />}
        >
          {t("organization.without", { count })}
        </Anchor>
      )}
    </Alert>
  );
}
