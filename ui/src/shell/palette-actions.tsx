// Actions in the palette: those on the object that is open, and those on whole collections, such as inviting.
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useActionStates, useKnownObject } from "~/kit/resource/data";
import { intend } from "~/kit/resource/intent";
import { useLabels } from "~/lib/labels";
import { resourceNamed, titleOf, useMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { Icon } from "~/primitives/icon";
import type { Entry } from "./palette";

/** The object on screen: a page of its own, or beside its list. */
function useOpenObject() {
  const meta = useMeta();
  const { base } = useSurface();
  const { pathname, search } = useLocation({ select: ({ pathname, search }) => ({ pathname, search }) });
  const below = pathname.startsWith(`${base}/`) ? pathname.slice(base.length + 1) : "";
  const [, collection, page] = /^([\w-]+)(?:\/([^/]+))?$/.exec(below) ?? [];
  const row = (search as { row?: unknown }).row;
  const id = page === undefined ? (typeof row === "string" ? row : undefined) : decodeURIComponent(page);
  const resource = collection === undefined ? undefined : resourceNamed(meta, collection);
  return { resource, id: id === "new" ? undefined : id };
}

export function useActionEntries(opened: boolean): Entry[] {
  const { t } = useTranslation();
  const labels = useLabels();
  const meta = useMeta();
  const navigate = useNavigate();
  const { base } = useSurface();
  const { resource, id } = useOpenObject();
  const known = useKnownObject(resource, id);
  const states = useActionStates(resource ?? { name: "" }, opened && known && id !== undefined ? id : null);

  const ofObject: Entry[] =
    !resource || !known || id === undefined
      ? []
      : resource.actions
          .filter((action) => action.target === "one" && action.kind !== "create")
          .map((action) => {
            const state = states.data?.find((one) => one.name === action.name);
            const reason = !action.allowed
              ? t("actions.needs", { permission: action.permission })
              : state?.allowed === false
                ? (state.reason ?? t("actions.notNow"))
                : null;
            return {
              key: `act-${action.name}`,
              label: labels.action(resource.name, action),
              description: reason ?? titleOf(resource, known.row),
              icon: <Icon name={action.icon ?? (action.kind === "update" ? "pencil" : null)} />,
              refused: reason !== null,
              go: () => intend(resource.name, id, action.name),
            };
          });
  const ofCollections: Entry[] = meta.resources.flatMap((one) =>
    one.actions
      .filter((action) => action.kind === "verb" && action.target === "none" && action.allowed && one.can_read)
      .map((action) => ({
        key: `act-${one.name}-${action.name}`,
        label: labels.action(one.name, action),
        description: labels.resource(one),
        icon: <Icon name={action.icon} />,
        go: () => {
          intend(one.name, null, action.name);
          void navigate({ to: `${base}/${one.name}` });
        },
      })),
  );
  return [...ofObject, ...ofCollections];
}
