/** What can be made in a source: a table, a view, an enumeration, a schema. */
import { ActionIcon, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Eye, FolderPlus, List, Plus, Table2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { toldReason } from "~/lib/refusals/told";
import { useCan } from "~/lib/session";
import { tablePath } from "../cells/foreign";
import { sourceSchemaQuery } from "../structure/schema";

const NewTable = lazy(async () => ({ default: (await import("../structure/forms/TableForm")).NewTable }));
const ViewForm = lazy(async () => ({ default: (await import("../structure/forms/ViewForm")).ViewForm }));
const Enums = lazy(async () => ({ default: (await import("../structure/forms/EnumForm")).Enums }));
const NewSchema = lazy(async () => ({ default: (await import("../structure/forms/TableFacts")).NewSchema }));

type Making = "table" | "view" | "enums" | "schema";

export function NewMenu({ source }: { source: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useCan("schema:write");
  const [making, setMaking] = useState<Making | null>(null);
  const facts = useQuery({ ...sourceSchemaQuery(source), enabled: may });
  const reason = may ? (toldReason(facts.data?.change.reason) ?? null) : t("explorer.schema.needsWrite");
  const close = () => setMaking(null);
  const open = (schema: string, table: string) =>
    void navigate({ to: tablePath({ source, schema, table }), search: { tab: "structure" } as never });
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            size={28}
            variant="subtle"
            color="gray"
            aria-label={t("explorer.schema.new")}
            title={reason ?? t("explorer.schema.new")}
            disabled={reason !== null}
          >
            <Plus size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Table2 size={14} />} onClick={() => setMaking("table")}>
            {t("explorer.schema.newTable")}
          </Menu.Item>
          <Menu.Item leftSection={<Eye size={14} />} onClick={() => setMaking("view")}>
            {t("explorer.schema.newView")}
          </Menu.Item>
          <Menu.Item leftSection={<List size={14} />} onClick={() => setMaking("enums")}>
            {t("explorer.schema.enums")}
          </Menu.Item>
          <Menu.Item leftSection={<FolderPlus size={14} />} onClick={() => setMaking("schema")}>
            {t("explorer.schema.newSchema")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense fallback={null}>
        {making === "table" && <NewTable source={source} onClose={close} onMade={open} />}
        {making === "view" && <ViewForm source={source} onClose={close} onMade={open} />}
        {making === "enums" && <Enums source={source} onClose={close} />}
        {making === "schema" && <NewSchema source={source} onClose={close} />}
      </Suspense>
    </>
  );
}
