// A sign-in provider, new or there already, with what has to be entered on its own side.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { CreatePage } from "~/kit/resource/create-page";
import { objectQuery } from "~/kit/resource/data";
import { DetailPage } from "~/kit/resource/detail-page";
import { type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { NotFound } from "~/primitives/states";
import { ProviderAddresses } from "./provider-addresses";

const RESOURCE = "identity-providers";

function addressesOf(values: Record<string, unknown>) {
  const text = (name: string) => String(values[name] ?? "").trim();
  return <ProviderAddresses slug={text("slug")} staff={text("account_kind") !== "user"} />;
}

export function NewProviderPage() {
  const resource = resourceNamed(useMeta(), RESOURCE);
  return resource ? <CreatePage resource={resource} summary={addressesOf} /> : <NotFound />;
}

export function ProviderPage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), RESOURCE);
  if (!resource) return <NotFound />;
  return <DetailPage resource={resource} id={id} summary={<Known resource={resource} id={id} />} />;
}

/** Of one that is there; the page around it has asked for it. */
function Known({ resource, id }: { resource: ResourceMeta; id: string }) {
  const { data } = useQuery({ ...objectQuery(resource, id), enabled: false });
  return data ? addressesOf(data.row) : null;
}
