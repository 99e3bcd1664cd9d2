// The pages every resource has, by the collection's name in the address.
import { useParams } from "@tanstack/react-router";
import { type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { NotFound } from "~/primitives/states";
import { CreatePage } from "./create-page";
import { DetailPage } from "./detail-page";
import { ListPage } from "./list-page";

function useCollection(): { resource: ResourceMeta | undefined; id: string } {
  const params = useParams({ strict: false });
  const meta = useMeta();
  return { resource: resourceNamed(meta, params.collection ?? ""), id: params.id ?? "" };
}

export function CollectionList() {
  const { resource } = useCollection();
  return resource ? <ListPage resource={resource} /> : <NotFound />;
}

export function CollectionCreate() {
  const { resource } = useCollection();
  return resource ? <CreatePage resource={resource} /> : <NotFound />;
}

export function CollectionDetail() {
  const { resource, id } = useCollection();
  return resource ? <DetailPage resource={resource} id={id} /> : <NotFound />;
}
