/** Which cell is being edited, and the sending of its value. */
import { useCallback, useState } from "react";
import type { CellEdit, GridColumn } from "./types";

export interface Editing {
  rowKey: string;
  columnKey: string;
  saving: boolean;
  error: string | null;
}

export interface EditingControls<Row> {
  editing: Editing | null;
  /** Opens the editor; returns the reason when the cell can't be edited. */
  start: (row: Row, column: GridColumn<Row>) => string | null;
  commit: (row: Row, column: GridColumn<Row>, value: unknown) => Promise<boolean>;
  cancel: () => void;
}

export function useEditing<Row>(
  rowKey: (row: Row) => string,
  onCellEdit: ((edit: CellEdit<Row>) => Promise<void>) | undefined,
  readOnlyReason: string | null,
): EditingControls<Row> {
  const [editing, setEditing] = useState<Editing | null>(null);

  const start = useCallback(
    (row: Row, column: GridColumn<Row>): string | null => {
      const allowed = column.editable?.(row);
      if (typeof allowed === "string") return allowed;
      if (!onCellEdit || !column.editor || allowed === undefined) return readOnlyReason;
      setEditing({ rowKey: rowKey(row), columnKey: column.key, saving: false, error: null });
      return null;
    },
    [onCellEdit, readOnlyReason, rowKey],
  );
  const commit = useCallback(
    async (row: Row, column: GridColumn<Row>, value: unknown) => {
      if (!onCellEdit) return false;
      setEditing((now) => now && { ...now, saving: true, error: null });
      try {
        await onCellEdit({ row, column, value });
        setEditing(null);
        return true;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        setEditing((now) => now && { ...now, saving: false, error: message });
        return false;
      }
    },
    [onCellEdit],
  );
  const cancel = useCallback(() => setEditing(null), []);
  return { editing, start, commit, cancel };
}
