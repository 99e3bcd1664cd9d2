import { Container } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type ResourceMeta, type Row, titleOf } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { useVisited } from "~/lib/visited";
import { NoPermission } from "~/primitives/states";
import { useAddress } from "./address";
import { objectQuery } from "./data";
import { ObjectView } from "./object-view";

interface DetailPageProps {
  resource: ResourceMeta;
  id: string;
  /** What a page of its own has to say before the facts. */
  summary?: ReactNode;
  /** Fields that the summary tells. */
  told?: readonly string[];
  /** What comes of what is typed into the form, under it. */
  besideForm?: (typed: Row) => ReactNode;
}

export function DetailPage({ resource, id, summary, told, besideForm }: DetailPageProps) {
  const address = useAddress();
  const navigate = useNavigate();
  const { base } = useSurface();
  // What the view below asks for; nothing is asked twice.
  const known = useQuery({ ...objectQuery(resource, id), enabled: false });
  const gone = known.isError && toProblem(known.error).kind === "not-found";
  useVisited(gone ? null : known.data && titleOf(resource, known.data.row));
  if (!resource.can_read) return <NoPermission permission={`${resource.name}:read`} />;
  const tab = address.get("tab") ?? "overview";
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
        onGone={() => void navigate({ to: `${base}/${resource.name}` })}
        level={1}
        summary={summary}
        told={told}
        besideForm={besideForm}
      />
    </Container>
  );
}
