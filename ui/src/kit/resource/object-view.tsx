// One object: title, state, key facts, actions, and its tabs. The same in the drawer of a list and on its own page.
import { Anchor, Box, Code, Group, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { FieldValue } from "~/kit/fields";
import { useLabels } from "~/lib/labels";
import { actionOf, type FieldMeta, idOf, type ResourceMeta, type Row, titleOf, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { CopyButton } from "~/primitives/copy-button";
import { type Fact, FactList, KeyFacts } from "~/primitives/key-facts";
import { ShortId } from "~/primitives/short-id";
import { DetailSkeleton } from "~/primitives/skeletons";
import { Failed, NotFound, StaleNotice } from "~/primitives/states";
import { ActionMenu } from "./action-menu";
import { inputFields } from "./actions";
import { Activity } from "./activity";
import { objectQuery } from "./data";
import { EditForm } from "./edit-form";
import { relatedTo } from "./related";
import { RelatedList } from "./related-list";
import { useAction } from "./use-action";

/** `overview`, `activity`, `raw`, or the name of a related collection. */
export type ObjectTab = string;

interface ObjectViewProps {
  resource: ResourceMeta;
  id: string;
  tab: ObjectTab;
  onTab: (tab: ObjectTab) => void;
  editing: boolean;
  onEditing: (editing: boolean) => void;
  /** After the object was deleted. */
  onGone: () => void;
  /** Page title or section title. */
  level: 1 | 2;
  /** What a page of its own has to say before the facts. */
  summary?: ReactNode;
  /** Fields that the summary tells. */
  told?: readonly string[];
  /** What comes of what is typed into the form, under it. */
  besideForm?: (typed: Row) => ReactNode;
}

/** Enumerations, references and times tell most about an object at a glance. */
function factsOf(resource: ResourceMeta): FieldMeta[] {
  const weight = (field: FieldMeta) =>
    field.type === "enum" ? 0 : field.type === "ref" ? 1 : field.type === "datetime" ? 2 : 3;
  return resource.fields
    .filter((field) => field.in_list && field.name !== resource.title_field && !field.secret && weight(field) < 3)
    .sort((a, b) => weight(a) - weight(b))
    .slice(0, 5);
}

export function ObjectView({
  resource,
  id,
  tab,
  onTab,
  editing,
  onEditing,
  onGone,
  level,
  summary,
  told,
  besideForm,
}: ObjectViewProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const meta = useMeta();
  const { base } = useSurface();
  const related = useMemo(() => relatedTo(meta, resource), [meta, resource]);
  const query = useQuery(objectQuery(resource, id));
  const runner = useAction(resource, { onDone: (action) => action.kind === "delete" && onGone() });

  if (query.isPending) return <DetailSkeleton />;
  if (!query.data) {
    const problem = toProblem(query.error);
    if (problem.kind !== "not-found") return <Failed problem={problem} onRetry={() => void query.refetch()} />;
    return (
      <NotFound
        action={
          <Anchor component={Link} to={`${base}/${resource.name}`} fz={14}>
            {labels.resource(resource)}
          </Anchor>
        }
      />
    );
  }
  const { row, version } = query.data;
  // A tab that is in somebody's bookmark but not theirs to see is no reason for an empty page.
  const known = ["overview", "activity", "raw", ...related.map((one) => one.resource.name)];
  const open = known.includes(tab) ? tab : "overview";
  const update = actionOf(resource, "update");
  // What a list of records consists of is told by the form that changes it.
  const items = new Map(update ? inputFields(resource, update).map((field) => [field.name, field.items]) : []);
  const shown = resource.fields
    .filter((field) => field.in_detail && !field.secret && field.name !== "id" && !told?.includes(field.name))
    .map((field) => ({ ...field, items: items.get(field.name) }));
  const fact = (field: FieldMeta, dense: boolean): Fact => ({
    key: field.name,
    label: labels.field(resource.name, field),
    value: <FieldValue field={field} scope={resource.name} value={row[field.name]} dense={dense} />,
  });
  const strip: Fact[] = [
    { key: "id", label: t("object.id"), value: <ShortId value={idOf(row)} /> },
    ...factsOf(resource).map((field) => fact(field, field.type !== "ref")),
  ];

  return (
    <Stack gap={16}>
      <Group justify="space-between" align="flex-start" gap={12} wrap="wrap">
        <div style={{ minWidth: 0 }}>
          <Text fz={12} c="dimmed">
            {labels.singular(resource)}
          </Text>
          <Title
            order={level}
            size="h1"
            lineClamp={3}
            tabIndex={-1}
            data-page-title={level === 1 || undefined}
            style={{ outline: "none" }}
          >
            {titleOf(resource, row)}
          </Title>
        </div>
        {!editing && (
          <Group gap={8}>
            <CopyAs asked={{ path: `/${resource.name}/${id}`, query: [], command: [resource.name, "get", id] }} />
            <ActionMenu
              resource={resource}
              row={row}
              version={version}
              runner={runner}
              onEdit={update ? () => onEditing(true) : undefined}
            />
          </Group>
        )}
      </Group>
      {query.isRefetchError && <StaleNotice onRetry={() => void query.refetch()} />}
      <KeyFacts facts={strip} />
      {editing && update ? (
        <EditForm
          resource={resource}
          action={update}
          loaded={query.data}
          onDone={() => onEditing(false)}
          beside={besideForm}
        />
      ) : (
        <Tabs value={open} onChange={(next) => onTab(next ?? "overview")} keepMounted={false}>
          <Tabs.List style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
            <Tabs.Tab value="overview">{t("object.overview")}</Tabs.Tab>
            {related.map((one) => (
              <Tabs.Tab key={one.resource.name} value={one.resource.name}>
                {labels.tab(one.resource)}
              </Tabs.Tab>
            ))}
            <Tabs.Tab value="activity">{t("object.activity")}</Tabs.Tab>
            <Tabs.Tab value="raw">{t("object.raw")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview" pt={8}>
            {summary}
            <Box style={{ containerType: "inline-size" }}>
              <FactList facts={shown.map((field) => fact(field, false))} />
            </Box>
          </Tabs.Panel>
          {related.map((one) => (
            <Tabs.Panel key={one.resource.name} value={one.resource.name} pt={12}>
              <RelatedList related={one} id={id} />
            </Tabs.Panel>
          ))}
          <Tabs.Panel value="activity" pt={8}>
            <Activity resource={resource} id={id} />
          </Tabs.Panel>
          <Tabs.Panel value="raw" pt={16}>
            <RawJson row={row} />
          </Tabs.Panel>
        </Tabs>
      )}
      {runner.dialogs}
    </Stack>
  );
}

function RawJson({ row }: { row: Row }) {
  const { t } = useTranslation();
  const text = JSON.stringify(row, null, 2);
  return (
    <Stack gap={8} align="flex-start">
      <CopyButton value={text} label={t("object.copyJson")} wide />
      <Code block w="100%" fz={12}>
        {text}
      </Code>
    </Stack>
  );
}
