// Everything in two keystrokes: pages, actions, things to create, and objects found by their text.
import { useDebouncedValue } from "@mantine/hooks";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import "@mantine/spotlight/styles.layer.css";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Clock, Plus, Search } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { actionOf, resourceNamed, useMeta } from "~/lib/meta";
import { useRecent } from "~/lib/preferences";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { Icon } from "~/primitives/icon";
import type { NavGroup } from "./navigation";
import classes from "./palette.module.css";
import { useActionEntries } from "./palette-actions";

interface Hit {
  resource: string;
  id: string;
  title: string;
  subtitle: string | null;
}

export interface Entry {
  key: string;
  label: string;
  description?: string;
  icon: ReactNode;
  /** Can't be done now; the description says why. */
  refused?: boolean;
  /** Does it; without, `path` is gone to. */
  go?: () => void;
  path?: string;
}

const [store, spotlight] = createSpotlight();

/** All words typed must be somewhere in the text, in any order. */
function fits(text: string, query: string): boolean {
  const folded = text.toLocaleLowerCase();
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => folded.includes(word));
}

interface PaletteProps {
  opened: boolean;
  onClose: () => void;
  groups: NavGroup[];
}

export default function Palette({ opened, onClose, groups }: PaletteProps) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const navigate = useNavigate();
  const { recent } = useRecent();
  const { base } = useSurface();
  const [typed, setTyped] = useState("");
  const [asked] = useDebouncedValue(typed.trim(), 150);

  useEffect(() => {
    if (opened) spotlight.open();
    else spotlight.close();
  }, [opened]);

  const found = useQuery({
    queryKey: ["search", asked],
    queryFn: async ({ signal }) => (await api.get<Hit[]>("/search", { query: [["q", asked]], signal })).data,
    enabled: opened && asked.length >= 2,
    placeholderData: keepPreviousData,
  });

  const query = typed.trim();
  const matches = (entry: Entry) => query === "" || fits(`${entry.label} ${entry.description ?? ""}`, query);
  const pages: Entry[] = groups.flatMap((group) =>
    group.items
      .filter((item) => item.allowed)
      .map((item) => ({
        key: item.path,
        label: item.label,
        description: group.label,
        icon: <Icon name={item.icon} />,
        path: item.path,
      })),
  );
  const creates: Entry[] = meta.resources
    .filter((resource) => actionOf(resource, "create")?.allowed)
    .map((resource) => ({
      key: `new-${resource.name}`,
      label: t("actions.newTitle", { what: labels.singular(resource) }),
      icon: <Plus size={16} aria-hidden />,
      path: `${base}/${resource.name}/new`,
    }));
  const actions = useActionEntries(opened);
  const visited: Entry[] = recent.map((link) => ({
    key: `recent-${link.path}`,
    label: link.label,
    icon: <Clock size={16} aria-hidden />,
    path: link.path,
  }));
  const hits: Entry[] =
    query.length < 2
      ? []
      : (found.data ?? []).map((hit) => {
          const resource = resourceNamed(meta, hit.resource);
          return {
            key: `${hit.resource}-${hit.id}`,
            label: hit.title,
            description: [resource ? labels.singular(resource) : hit.resource, hit.subtitle]
              .filter(Boolean)
              .join(" · "),
            icon: <Icon name={resource?.icon} />,
            path: `${base}/${hit.resource}/${encodeURIComponent(hit.id)}`,
          };
        });

  const groupsShown = [
    { title: t("palette.recent"), entries: query === "" ? visited : [] },
    { title: t("palette.found"), entries: hits },
    { title: t("palette.pages"), entries: pages.filter(matches) },
    { title: t("palette.actions"), entries: query === "" ? [] : actions.filter(matches) },
    { title: t("palette.create"), entries: creates.filter(matches) },
  ].filter((group) => group.entries.length > 0);

  const waiting = query.length >= 2 && (found.isFetching || asked !== query);
  return (
    <Spotlight.Root
      store={store}
      query={typed}
      onQueryChange={setTyped}
      onSpotlightClose={onClose}
      shortcut={null}
      clearQueryOnClose
      scrollable
      maxHeight={420}
      size={600}
      centered={false}
      yOffset={96}
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      transitionProps={{ duration: 80 }}
      classNames={{
        search: classes.search,
        actionsGroup: classes.group,
        action: classes.action,
        content: classes.content,
      }}
    >
      <Spotlight.Search
        placeholder={t("palette.placeholder")}
        aria-label={t("palette.placeholder")}
        leftSection={<Search size={16} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {groupsShown.map((group) => (
          <Spotlight.ActionsGroup key={group.title} label={group.title}>
            {group.entries.map((entry) => (
              <Spotlight.Action
                key={entry.key}
                label={entry.label}
                description={entry.description}
                leftSection={entry.icon}
                data-refused={entry.refused || undefined}
                aria-disabled={entry.refused}
                closeSpotlightOnTrigger={!entry.refused}
                onClick={() => !entry.refused && (entry.go ?? (() => void navigate({ to: entry.path })))()}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groupsShown.length === 0 && (
          <Spotlight.Empty>
            {found.isError
              ? (toProblem(found.error).detail ?? t("palette.failed"))
              : waiting
                ? t("states.loading")
                : t("palette.nothing")}
          </Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
