// An organization on a page of its own, with how much of what it may have is taken.
import { useParams } from "@tanstack/react-router";
import { CreatePage } from "~/kit/resource/create-page";
import { DetailPage } from "~/kit/resource/detail-page";
import { resourceNamed, useMeta } from "~/lib/meta";
import { NoPermission } from "~/primitives/states";
import { LimitsStrip } from "./limits-strip";

export function NewOrganizationPage() {
  const resource = resourceNamed(useMeta(), "organizations");
  return resource ? <CreatePage resource={resource} /> : <NoPermission permission="organizations:create" />;
}

export function OrganizationPage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), "organizations");
  if (!resource) return <NoPermission permission="organizations:read" />;
  return <DetailPage resource={resource} id={id} summary={<LimitsStrip organization={id} />} />;
}
