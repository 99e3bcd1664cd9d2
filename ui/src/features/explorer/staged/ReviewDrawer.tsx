/** Every collected change before it is sent: row, field, before and after, each to be taken back. */
import { ActionIcon, Button, Drawer, Group } from "@mantine/core";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CellValue } from "../cells/CellValue";
import type { Column, Table } from "../model";
import { CommitButton } from "./StagedBar";
import type { StagedCell, StagedRow } from "./staged";
import classes from "./staged.module.css";
import type { StagedChanges } from "./useStaged";

interface ReviewDrawerProps {
  changes: StagedChanges;
  table: Table;
  onClose: () => void;
}

export function ReviewDrawer({ changes, table, onClose }: ReviewDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={560}
      title={t("explorer.staged.reviewTitle", { table: table.name })}
      closeButtonProps={{ "aria-label": t("primitives.close") }}
      overlayProps={{ backgroundOpacity: 0.2 }}
    >
      <ol className={classes.rows}>
        {[...changes.staged.values()].map((row) => (
          <ReviewedRow key={row.key} row={row} table={table} onDrop={changes.drop} />
        ))}
      </ol>
      <Group justify="flex-end" gap={8} className={classes.foot}>
        <Button size="xs" variant="default" onClick={changes.clear}>
          {t("explorer.staged.discardAll")}
        </Button>
        <CommitButton changes={changes} />
      </Group>
    </Drawer>
  );
}

interface ReviewedRowProps {
  row: StagedRow;
  table: Table;
  onDrop: (key: string, column?: string) => void;
}

function ReviewedRow({ row, table, onDrop }: ReviewedRowProps) {
  const { t } = useTranslation();
  const cells = table.columns.flatMap((column): [Column, StagedCell][] => {
    const cell = row.cells[column.name];
    return cell ? [[column, cell]] : [];
  });
  return (
    <li className={classes.row}>
      <div className={classes.key}>
        {table.primary_key.join(", ")} <strong>{row.key}</strong>
      </div>
      {cells.map(([column, cell]) => (
        <div key={column.name} className={classes.change}>
          <span className={classes.field}>{column.name}</span>
          <span className={classes.values}>
            <span className={classes.before}>
              <CellValue value={row.row[column.name]} column={column} />
            </span>
            <span aria-hidden className={classes.arrow}>
              →
            </span>
            <span className={classes.after}>
              <CellValue value={cell.shown} column={column} />
            </span>
            {cell.problem !== null && (
              <span className={classes.problem} role="alert">
                {cell.problem}
              </span>
            )}
          </span>
          <ActionIcon
            size={24}
            variant="subtle"
            color="gray"
            aria-label={t("explorer.staged.discard", { field: column.name, key: row.key })}
            onClick={() => onDrop(row.key, column.name)}
          >
            <X size={14} aria-hidden />
          </ActionIcon>
        </div>
      ))}
    </li>
  );
}
