// A schedule on a page of its own: when it comes next, what became of its slots, and what was said instead of what is declared.
import { Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useKnownObject } from "~/kit/resource/data";
import { DetailPage } from "~/kit/resource/detail-page";
import { RelatedList } from "~/kit/resource/related-list";
import { type ResourceMeta, type Row, resourceNamed, useMeta } from "~/lib/meta";
import { NoPermission } from "~/primitives/states";
import { Declared, SAID } from "./declared";
import { NextRuns } from "./next-runs";

/** What the tables above the facts say. */
const TOLD = SAID.map((name) => `declared_${name}`);

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function SchedulePage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), "schedules");
  if (!resource) return <NoPermission permission="schedules:read" />;
  return (
    <DetailPage
      resource={resource}
      id={id}
      summary={<Summary resource={resource} id={id} />}
      told={TOLD}
      besideForm={(typed) => <Typed typed={typed} />}
    />
  );
}

/** What comes of what is typed, before it is saved. */
function Typed({ typed }: { typed: Row }) {
  const [cron] = useDebouncedValue(word(typed.cron), 250);
  const [zone] = useDebouncedValue(word(typed.zone), 250);
  return <NextRuns cron={cron} zone={zone} />;
}

function Summary({ resource, id }: { resource: ResourceMeta; id: string }) {
  const { t } = useTranslation();
  const slots = resourceNamed(useMeta(), "schedule-slots");
  const row = useKnownObject(resource, id)?.row;
  if (!row) return null;
  const held = row.state === "paused" ? t("schedules.paused") : row.state === "gone" ? t("schedules.gone") : null;
  return (
    <Stack gap={20} my={8}>
      <NextRuns cron={word(row.cron)} zone={word(row.zone)} held={held} />
      <Declared resource={resource} row={row} />
      {slots?.can_read && (
        <section aria-labelledby="schedule-ledger">
          <Text id="schedule-ledger" component="h2" fz={14} fw={600} m={0} mb={8}>
            {t("schedules.ledger")}
          </Text>
          <RelatedList related={{ resource: slots, field: "schedule" }} id={word(row.name)} />
        </section>
      )}
    </Stack>
  );
}
