/** The tables of a source as a picture: what they hold, and what points where. */
import { ActionIcon, Button, Group, Menu, SegmentedControl, Select, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { Download, RotateCcw } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { useTranslation } from "react-i18next";
import type { Point } from "~/kit/canvas/layout";
import { around } from "~/kit/canvas/viewport";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { useAddress } from "~/kit/resource/address";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useVisited } from "~/lib/visited";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import { askedOfSource } from "../asked";
import { tablesQuery } from "../data";
import { useCurrentTable } from "../ExplorerLayout";
import { SourceAway } from "../table/TablePage";
import { TreeButton } from "../tree/TreeButton";
import { DETAILS, type Detail, type Diagram, diagramQuery, drawing, keep, readKept } from "./diagram";
import classes from "./diagram.module.css";
import { Whole } from "./Whole";

const Canvas = lazy(async () => ({ default: (await import("./Canvas")).Canvas }));

export function DiagramPage() {
  const { t } = useTranslation();
  const { source } = useCurrentTable();
  const address = useAddress();
  const tables = useQuery(tablesQuery(source));
  const schemas = useMemo(() => {
    const own = (tables.data ?? []).filter((table) => !table.panel);
    return [...new Set(own.map((table) => table.schema))].sort();
  }, [tables.data]);
  const asked = address.get("schema");
  // All of a source only on request: the panel's own tables would be among them.
  const schema = asked ?? (schemas.includes("public") ? "public" : schemas[0]);
  const whole = asked === "*";
  const diagram = useQuery({
    ...diagramQuery(source, whole ? undefined : schema),
    enabled: tables.isSuccess && (whole || schema !== undefined),
  });
  useVisited(t("diagram.visited", { source }));
  const problem = diagram.isError ? toProblem(diagram.error) : tables.isError ? toProblem(tables.error) : null;
  const retry = () => void (tables.isError ? tables.refetch() : diagram.refetch());
  if (problem)
    return problem.kind === "unavailable" ? (
      <SourceAway source={source} problem={problem} onRetry={retry} />
    ) : (
      <Failed problem={problem} onRetry={retry} />
    );
  if (tables.isSuccess && schemas.length === 0 && !whole)
    return <NothingYet title={t("explorer.noTables")}>{t("explorer.noOwnTables", { source })}</NothingYet>;
  if (!diagram.data) return <ListSkeleton rows={10} columns={4} />;
  return (
    <Loaded
      key={`${source} ${whole ? "*" : schema}`}
      source={source}
      schema={whole ? undefined : schema}
      schemas={schemas}
      diagram={diagram.data}
    />
  );
}

interface LoadedProps {
  source: string;
  schema: string | undefined;
  schemas: string[];
  diagram: Diagram;
}

function Loaded({ source, schema, schemas, diagram }: LoadedProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const [kept, setKept] = useState(() => readKept(source, schema));
  const [jump, setJump] = useState<{ id: string } | null>(null);
  // What was on screen the last time, until something else is drawn.
  const [anew, setAnew] = useState(0);
  // Of hundreds of tables the names matter first.
  const usual: Detail = diagram.tables.length > 120 ? "keys" : "all";
  const detail = DETAILS.find((one) => one === address.get("detail")) ?? usual;
  const drawn = useMemo(
    () => drawing(diagram, detail, new Map(Object.entries(kept.places))),
    [diagram, detail, kept.places],
  );
  const change = (next: typeof kept) => {
    setKept(next);
    keep(source, schema, next);
  };
  const bounds = () => around([...drawn.boxes.values()]);
  const save = async (kind: "svg" | "png") => {
    const { svgOf, pngOf, download } = await import("./picture-file");
    const holder = document.createElement("div");
    holder.className = "mantine-diagram-export";
    holder.style.cssText = "position:fixed;left:-10000px;top:0;width:10px;height:10px;overflow:hidden";
    document.body.append(holder);
    const root = createRoot(holder);
    try {
      flushSync(() => root.render(<Whole drawing={drawn} many={schema === undefined} />));
      const element = holder.querySelector("svg");
      if (!element) return;
      const ground = getComputedStyle(document.body).backgroundColor;
      const svg = svgOf(element, bounds(), ground);
      const name = `${source}${schema ? `-${schema}` : ""}.${kind}`;
      if (kind === "svg") download(new Blob([svg], { type: "image/svg+xml" }), name);
      else download(await pngOf(svg, bounds()), name);
    } catch {
      notifications.show({ color: "red", message: t("diagram.noPicture") });
    } finally {
      root.unmount();
      holder.remove();
    }
  };
  const moved = Object.keys(kept.places).length > 0;
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div>
          <Group gap={8} wrap="nowrap">
            <TreeButton />
            <Text component="h1" fz={18} fw={600} m={0} data-page-title tabIndex={-1}>
              {t("diagram.title", { source })}
            </Text>
          </Group>
          <Text fz={12} c="dimmed" role="status">
            {t("diagram.count", {
              tables: formatNumber(diagram.tables.length),
              references: formatNumber(drawn.lines.length),
            })}
            {diagram.more && ` ${t("diagram.more")}`}
          </Text>
        </div>
        <div className={classes.tools}>
          <Select
            size="xs"
            w={190}
            searchable
            clearable
            aria-label={t("diagram.find")}
            placeholder={t("diagram.find")}
            nothingFoundMessage={t("explorer.noTableMatch")}
            limit={50}
            data={[...drawn.boxes.keys()].map((id) => ({
              value: id,
              label: schema !== undefined && id.startsWith(`${schema}.`) ? id.slice(schema.length + 1) : id,
            }))}
            value={null}
            onChange={(id) => id && setJump({ id })}
          />
          <Select
            size="xs"
            w={150}
            aria-label={t("diagram.schema")}
            data={[
              ...schemas.map((one) => ({ value: one, label: one })),
              { value: "*", label: t("diagram.allSchemas") },
            ]}
            value={schema ?? "*"}
            allowDeselect={false}
            onChange={(next) => address.set({ schema: next ?? undefined }, false)}
          />
          <SegmentedControl
            size="xs"
            aria-label={t("diagram.detail")}
            data={DETAILS.map((one) => ({ value: one, label: t(`diagram.details.${one}`) }))}
            value={detail}
            onChange={(next) => {
              address.set({ detail: next === usual ? undefined : next });
              setAnew(anew + 1);
            }}
          />
          <Group gap={4}>
            <CopyAs asked={askedOfSource(source, "/diagram", schema === undefined ? [] : [["schema", schema]])} />
            {moved && (
              <ActionIcon
                size={30}
                variant="default"
                aria-label={t("diagram.arrange")}
                title={t("diagram.arrange")}
                onClick={() => {
                  change({ places: {}, view: null });
                  setAnew(anew + 1);
                }}
              >
                <RotateCcw size={14} aria-hidden />
              </ActionIcon>
            )}
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <Button size="xs" variant="default" leftSection={<Download size={14} aria-hidden />}>
                  {t("diagram.save")}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => void save("svg")}>SVG</Menu.Item>
                <Menu.Item onClick={() => void save("png")}>PNG</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </div>
      </div>
      <Suspense fallback={<ListSkeleton rows={10} columns={4} />}>
        <Canvas
          key={anew}
          source={source}
          drawing={drawn}
          many={schema === undefined}
          jump={jump}
          first={anew === 0 ? kept.view : null}
          onView={(view) => keep(source, schema, { ...kept, view })}
          onPlace={(id: string, at: Point) =>
            change({ places: { ...kept.places, [id]: at }, view: readKept(source, schema).view })
          }
        />
      </Suspense>
    </div>
  );
}
