/** The drawer of what is being changed in a table. */
import { useNavigate } from "@tanstack/react-router";
import { sourceLink, tablePath } from "../cells/foreign";
import type { Column, Table, TableRef } from "../model";
import { ChangeDrawer } from "./ChangeDrawer";
import { AddColumn, EditColumn } from "./forms/ColumnForm";
import { AddIndex } from "./forms/IndexForm";
import { PolicyForm } from "./forms/PolicyForm";
import { AddRule } from "./forms/RuleForm";
import { TableFacts } from "./forms/TableFacts";
import { ViewForm } from "./forms/ViewForm";
import type { Change, Policy, Shape } from "./schema";

export type Doing =
  | { what: "table" | "add-column" | "add-rule" | "add-index" | "add-policy" | "view" }
  | { what: "column"; column: Column }
  | { what: "policy"; policy: Policy }
  /** Nothing to fill in: what it comes to is looked at, and then done. */
  | { what: "do"; title: string; apply: string; danger: boolean; changes: Change[]; leaves?: boolean };

interface DoingProps {
  doing: Doing;
  tableRef: TableRef;
  table: Table;
  shape: Shape;
  onClose: () => void;
}

export function DoingDrawer({ doing, tableRef, table, shape, onClose }: DoingProps) {
  const navigate = useNavigate();
  const given = { tableRef, table, onClose };
  switch (doing.what) {
    case "add-column":
      return <AddColumn tableRef={tableRef} onClose={onClose} />;
    case "column":
      return <EditColumn tableRef={tableRef} column={doing.column} onClose={onClose} />;
    case "add-rule":
      return <AddRule {...given} />;
    case "add-index":
      return <AddIndex {...given} />;
    case "add-policy":
      return <PolicyForm {...given} rowSecurity={shape.row_security} />;
    case "policy":
      return <PolicyForm {...given} policy={doing.policy} rowSecurity={shape.row_security} />;
    case "view":
      return <ViewForm source={tableRef.source} view={viewOf(table, shape)} onClose={onClose} />;
    case "table":
      return (
        <TableFacts
          {...given}
          onRenamed={(to) =>
            void navigate({ to: tablePath({ ...tableRef, table: to }), search: { tab: "structure" } as never })
          }
        />
      );
    case "do":
      return (
        <ChangeDrawer
          source={tableRef.source}
          title={doing.title}
          changes={doing.changes}
          danger={doing.danger}
          apply={doing.apply}
          onClose={onClose}
          onDone={() => doing.leaves && void navigate(sourceLink(tableRef.source))}
        />
      );
  }
}

/** The query of a view, out of the statement that makes it. */
function viewOf(table: Table, shape: Shape) {
  const [made = ""] = shape.definition;
  const at = made.indexOf(" as ");
  return {
    schema: table.schema,
    name: table.name,
    query: made.slice(at + 4).trim(),
    invoker: made.slice(0, at).includes("security_invoker=true"),
  };
}
