// Beginning a job by hand: one of the kinds that say that people may, with the arguments that it takes.
import { Code, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CreatePage } from "~/kit/resource/create-page";
import { type ResourceMeta, resourceNamed, useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed, NotFound } from "~/primitives/states";
import { type Kind, useKinds } from "./data";

export function BeginPage() {
  const resource = resourceNamed(useMeta(), "jobs");
  const kinds = useKinds();
  if (!resource) return <NotFound />;
  if (kinds.isPending) return <FormSkeleton fields={3} />;
  if (kinds.isError) return <Failed problem={toProblem(kinds.error)} onRetry={() => void kinds.refetch()} />;
  return <Begin resource={resource} kinds={kinds.data.filter((kind) => kind.arguments !== null)} />;
}

function Begin({ resource, kinds }: { resource: ResourceMeta; kinds: Kind[] }) {
  // Which kinds there are is known to the rooms only; the form is the declared one with them to choose from.
  const chosen = useMemo(() => withKinds(resource, kinds), [resource, kinds]);
  return (
    <CreatePage
      resource={chosen}
      summary={(values) => <About kind={kinds.find((kind) => kind.kind === values.kind)} />}
    />
  );
}

function withKinds(resource: ResourceMeta, kinds: Kind[]): ResourceMeta {
  const actions = resource.actions.map((action) => {
    if (action.kind !== "create") return action;
    const properties = action.input?.properties ?? {};
    const kind = { ...properties.kind, enum: kinds.map((one) => one.kind) };
    return { ...action, input: { ...action.input, properties: { ...properties, kind } } };
  });
  // What is chosen here is text in the list.
  return { ...resource, actions, fields: resource.fields.filter((field) => field.name !== "kind") };
}

function About({ kind }: { kind: Kind | undefined }) {
  const { t } = useTranslation();
  if (!kind) return null;
  const properties = kind.arguments?.properties ?? {};
  const takes = Object.keys(properties).length > 0;
  return (
    <Stack gap={8}>
      <Text fz={13}>{kind.description}</Text>
      <Text fz={13} c="dimmed">
        {t(takes ? "work.takes" : "work.takesNothing")}
      </Text>
      {takes && <Code block>{JSON.stringify(properties, null, 2)}</Code>}
    </Stack>
  );
}
