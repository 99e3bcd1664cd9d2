// Hand-made pages about a collection, such as importing into it: their addresses are below its own, and its list leads there.
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLabels } from "~/lib/labels";
import { type ResourceMeta, useMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { Icon } from "~/primitives/icon";

export function PagesBelow({ resource }: { resource: ResourceMeta }) {
  const meta = useMeta();
  const labels = useLabels();
  const { base } = useSurface();
  const pages = meta.pages.filter((page) => page.allowed && page.path.startsWith(`${base}/${resource.name}/`));
  return pages.map((page) => (
    <Button
      key={page.name}
      variant="default"
      leftSection={<Icon name={page.icon} size={14} />}
      renderRoot={(props) => <Link {...props} to={page.path} />}
    >
      {labels.page(page)}
    </Button>
  ));
}
