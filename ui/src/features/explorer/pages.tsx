/** The pages behind the routes, in one piece that is loaded when first needed. */
import "./texts";
import { useMemo } from "react";
import { useCurrentTable } from "./ExplorerLayout";
import { TablePage } from "./table/TablePage";

export { AdvicePage } from "./advice/AdvicePage";
export { ExplorerLayout } from "./ExplorerLayout";
export { TablesPage } from "./TablesPage";

/** Every table has a page of its own: nothing typed or chosen in one leaks into the next. */
export function OpenTable() {
  const { current } = useCurrentTable();
  const { source = "", schema = "", table = "" } = current ?? {};
  const ref = useMemo(() => ({ source, schema, table }), [source, schema, table]);
  return <TablePage key={`${source}/${schema}/${table}`} tableRef={ref} />;
}
