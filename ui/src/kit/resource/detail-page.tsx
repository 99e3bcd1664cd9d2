import { Container } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ResourceMeta } from "~/lib/meta";
import { NoPermission } from "~/primitives/states";
import { useAddress } from "./address";
import { type ObjectTab, ObjectView } from "./object-view";

const TABS: ObjectTab[] = ["overview", "activity", "raw"];

export function DetailPage({ resource, id }: { resource: ResourceMeta; id: string }) {
  const address = useAddress();
  const navigate = useNavigate();
  if (!resource.can_read) return <NoPermission permission={`${resource.name}:read`} />;
  const tab = TABS.find((one) => one === address.get("tab")) ?? "overview";
  return (
    <Container size={880} p={0} m={0}>
      <ObjectView
        key={id}
        resource={resource}
        id={id}
        tab={tab}
        onTab={(next) => address.set({ tab: next === "overview" ? undefined : next })}
        editing={address.get("edit") === "1"}
        onEditing={(editing) => address.set({ edit: editing ? "1" : undefined }, !editing)}
        onGone={() => void navigate({ to: `/admin/${resource.name}` })}
        level={1}
      />
    </Container>
  );
}
