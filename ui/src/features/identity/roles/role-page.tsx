// A role on a page of its own: what it gives, and, for who may, the matrix to change it.
import { Container, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ActionMenu } from "~/kit/resource/action-menu";
import { Activity } from "~/kit/resource/activity";
import { useAddress } from "~/kit/resource/address";
import { objectQuery, useActionStates } from "~/kit/resource/data";
import { useAction } from "~/kit/resource/use-action";
import { type ResourceMeta, type Row, resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { useVisited } from "~/lib/visited";
import { PageHeader } from "~/primitives/page-header";
import { DetailSkeleton } from "~/primitives/skeletons";
import { Failed, NoPermission, NotFound } from "~/primitives/states";
import { StatusBadge } from "~/primitives/status-badge";
import { type Role, rolesQuery } from "./data";
import { RoleEditor } from "./role-editor";

export function RolePage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), "roles");
  const query = useQuery({ ...rolesQuery, enabled: resource?.can_read === true });
  if (!resource?.can_read) return <NoPermission permission="roles:read" />;
  if (query.isPending) return <DetailSkeleton />;
  if (query.isError) return <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />;
  const role = query.data.find((one) => one.id === id);
  return role ? <RoleView key={role.id} resource={resource} current={role} roles={query.data} /> : <NotFound />;
}

function RoleView({ resource, current, roles }: { resource: ResourceMeta; current: Role; roles: Role[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useAddress();
  const { base, kind } = useSurface();
  const row = current as unknown as Row;
  const runner = useAction(resource, {
    onDone: (action) => {
      if (action.kind === "delete") void navigate({ to: `${base}/roles` });
    },
  });
  useVisited(current.label);
  // The breadcrumb calls the page by what is known of the object.
  useQuery(objectQuery(resource, current.id));
  const states = useActionStates(resource, current.id);
  const update = resource.actions.find((action) => action.kind === "update");
  const state = states.data?.find((one) => one.name === "update");
  const why =
    update?.allowed === false
      ? t("actions.needs", { permission: update.permission })
      : state?.allowed === false
        ? state.reason
        : null;
  return (
    <Container size={1040} p={0} m={0}>
      <Stack gap={16}>
        <PageHeader
          title={current.label}
          aside={
            <Group gap={6}>
              {kind === "platform" && (
                <StatusBadge color={current.scope === "platform" ? "blue" : "gray"}>
                  {t(`roles.scopes.${current.scope}`)}
                </StatusBadge>
              )}
              {current.built_in && <StatusBadge>{t("roles.builtIn")}</StatusBadge>}
            </Group>
          }
          description={[current.description, t("roles.holders", { count: current.holders })]
            .filter(Boolean)
            .join(" · ")}
          actions={<ActionMenu resource={resource} row={row} version={current.version} runner={runner} />}
        />
        <Tabs
          value={address.get("tab") ?? "permissions"}
          onChange={(tab) => address.set({ tab: tab === "permissions" || tab === null ? undefined : tab })}
          keepMounted={false}
        >
          <Tabs.List>
            <Tabs.Tab value="permissions">{t("roles.permissions")}</Tabs.Tab>
            <Tabs.Tab value="activity">{t("object.activity")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="permissions" pt={16}>
            {why && (
              <Text fz={13} c="dimmed" mb={12} role="note">
                {why}
              </Text>
            )}
            <RoleEditor
              key={current.version}
              current={current}
              roles={roles}
              readOnly={states.data === undefined || why !== null}
            />
          </Tabs.Panel>
          <Tabs.Panel value="activity" pt={8}>
            <Activity resource={resource} id={current.id} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
      {runner.dialogs}
    </Container>
  );
}

export function NewRolePage() {
  const { t } = useTranslation();
  const resource = resourceNamed(useMeta(), "roles");
  const create = resource?.actions.find((action) => action.kind === "create");
  const query = useQuery({ ...rolesQuery, enabled: resource?.can_read === true });
  if (!resource?.can_read || !create?.allowed)
    return <NoPermission permission={create?.permission ?? "roles:create"} />;
  if (query.isPending) return <DetailSkeleton />;
  if (query.isError) return <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />;
  return (
    <Container size={1040} p={0} m={0}>
      <Stack gap={16}>
        <PageHeader title={t("roles.newTitle")} description={t("roles.newText")} />
        <RoleEditor current={null} roles={query.data} readOnly={false} />
      </Stack>
    </Container>
  );
}
