/** The tree of one source's tables, with search, folding, sizes and marks. */
import { Text, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { toProblem } from "~/lib/problem";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import { tablePath } from "../cells/foreign";
import { tablesQuery } from "../data";
import type { TableRef } from "../model";
import { SourceAway } from "../table/TablePage";
import { TreeList, type TreeListHandle } from "./TreeList";
import { buildTree, linesOf, type SchemaNode } from "./tree";

interface TablesTreeProps {
  source: string;
  current: TableRef | undefined;
  onPick?: () => void;
}

export function TablesTree({ source, current, onPick }: TablesTreeProps) {
  const { t } = useTranslation();
  const tables = useQuery(tablesQuery(source));
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [folded, setFolded] = useLocalStorage<string[]>({
    key: `quarterdeck.tree.${source}`,
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const list = useRef<TreeListHandle>(null);
  const navigate = useNavigate();
  const tree = useMemo(() => buildTree(tables.data ?? [], query, open), [tables.data, query, open]);

  if (tables.isError && !tables.data) {
    const problem = toProblem(tables.error);
    const retry = () => void tables.refetch();
    return problem.kind === "unavailable" ? (
      <SourceAway source={source} problem={problem} onRetry={retry} />
    ) : (
      <Failed problem={problem} onRetry={retry} />
    );
  }
  if (!tables.data) return <ListSkeleton rows={12} columns={1} />;
  if (tables.data.length === 0)
    return <NothingYet title={t("explorer.noTables")}>{t("explorer.noTablesText")}</NothingYet>;

  const toggleSchema = (schema: string) =>
    setFolded(folded.includes(schema) ? folded.filter((one) => one !== schema) : [...folded, schema]);
  const togglePartitions = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  // The panel's own schemas are folded until opened, unless a table of theirs is open.
  const isFolded = (node: SchemaNode) =>
    query === "" && folded.includes(node.schema) !== (node.panel && current?.schema !== node.schema);

  const lines = linesOf(tree, isFolded);
  const goToFirst = () => {
    const first = tree[0]?.tables[0]?.table;
    if (!first) return;
    void navigate({ to: tablePath({ source, schema: first.schema, table: first.name }) });
    onPick?.();
  };

  return (
    <>
      <TextInput
        size="xs"
        m={8}
        mt={0}
        leftSection={<Search size={13} />}
        placeholder={t("explorer.findTable")}
        aria-label={t("explorer.findTable")}
        value={query}
        onChange={(e) => setQuery(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Escape") setQuery("");
          if (e.key === "ArrowDown") list.current?.focusFirst();
          if (e.key === "Enter") goToFirst();
        }}
      />
      <TreeList
        key={query}
        handle={list}
        lines={lines}
        source={source}
        current={current}
        unfolded={open}
        onSchema={toggleSchema}
        onPartitions={togglePartitions}
        onPick={onPick}
      />
      {lines.length === 0 && (
        <Text size="xs" c="dimmed" p={12}>
          {t("explorer.noTableMatch")}{" "}
          <SmallButton variant="subtle" onClick={() => setQuery("")}>
            {t("explorer.clear")}
          </SmallButton>
        </Text>
      )}
    </>
  );
}
