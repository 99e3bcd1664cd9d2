/** A change of tables that was made, on a page of its own: its SQL, and its way back, which can be gone from here. */
import { Box, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import "../texts";
import { useAddress } from "~/kit/resource/address";
import { forget, objectQuery } from "~/kit/resource/data";
import { DetailPage } from "~/kit/resource/detail-page";
import { type ResourceMeta, type Row, resourceNamed, useMeta } from "~/lib/meta";
import { useCan } from "~/lib/session";
import { NotFound } from "~/primitives/states";
import { ChangeDrawer } from "./ChangeDrawer";
import { Sql } from "./Sql";

export function ChangePage() {
  const { id = "" } = useParams({ strict: false });
  const resource = resourceNamed(useMeta(), "schema-changes");
  if (!resource) return <NotFound />;
  return (
    <DetailPage resource={resource} id={id} summary={<Ways resource={resource} id={id} />} told={["up", "down"]} />
  );
}

/** Of one that is there; the page around it has asked for it. */
function Ways({ resource, id }: { resource: ResourceMeta; id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const address = useAddress();
  const { data } = useQuery({ ...objectQuery(resource, id), enabled: false });
  const why = useWhyNot(data?.row);
  if (!data) return null;
  const { up, down, source } = data.row as Record<string, string>;
  const close = () => address.set({ back: undefined }, true);
  return (
    <Stack gap={12} pt={8} pb={16}>
      <Sql sql={String(up).trim()} label={t("explorer.schema.copySql")} />
      <Group justify="space-between" gap={8}>
        <Text component="h2" fz={14} fw={600}>
          {t("explorer.schema.wayBack")}
        </Text>
        <Box component="span" title={why ?? undefined}>
          <Button
            size="xs"
            variant="default"
            leftSection={<Undo2 size={14} aria-hidden />}
            disabled={why !== null}
            aria-describedby={why === null ? undefined : "why-not-back"}
            onClick={() => address.set({ back: "1" }, false)}
          >
            {t("explorer.schema.takeBack")}
          </Button>
        </Box>
      </Group>
      {why !== null && (
        <Text id="why-not-back" fz={13} c="dimmed">
          {why}
        </Text>
      )}
      {String(down).trim() !== "" && <Sql sql={String(down).trim()} label={t("explorer.schema.copySql")} />}
      {address.get("back") === "1" && why === null && (
        <ChangeDrawer
          source={String(source)}
          title={t("explorer.schema.takeBackTitle")}
          changes={[{ change: "take_back", id }]}
          danger
          apply={t("explorer.schema.takeBackApply")}
          onClose={close}
          onDone={() => void forget(client, resource.name)}
        />
      )}
    </Stack>
  );
}

/** Why it can't even be tried; null when the server is to say. */
function useWhyNot(row: Row | undefined): string | null {
  const { t } = useTranslation();
  const may = useCan("schema:write");
  if (!may) return t("actions.needs", { permission: "schema:write" });
  if (row?.outcome !== "ok") return t("explorer.schema.notMade");
  if (row.takes_back) return t("explorer.schema.isBack");
  if (String(row.down ?? "").trim() === "") return t("explorer.schema.noDown");
  return null;
}
