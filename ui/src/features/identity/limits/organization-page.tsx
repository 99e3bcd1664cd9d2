// An organization on a page of its own, with how much of what it may have is taken.
import { useParams } from "@tanstack/react-router";
import { CreatePage } from "~/kit/resource/create-page";
import { useKnownObject } from "~/kit/resource/data";
import { DetailPage } from "~/kit/resource/detail-page";
import { type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { NoPermission } from "~/primitives/states";
import { LimitsStrip } from "./limits-strip";

/** What the strip says. */
const TOLD = ["members", "members_limit", "keys_limit", "roles_limit", "limits_reason"];

export function NewOrganizationPage() {
  const resource = resourceNamed(useMeta(), "organizations");
  return resource ? <CreatePage resource={resource} /> : <NoPermission permission="organizations:create" />;
}

export function OrganizationPage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), "organizations");
  if (!resource) return <NoPermission permission="organizations:read" />;
  return <DetailPage resource={resource} id={id} summary={<Summary resource={resource} id={id} />} told={TOLD} />;
}

function Summary({ resource, id }: { resource: ResourceMeta; id: string }) {
  const reason = useKnownObject(resource, id)?.row.limits_reason;
  return <LimitsStrip organization={id} reason={typeof reason === "string" && reason !== "" ? reason : null} />;
}
