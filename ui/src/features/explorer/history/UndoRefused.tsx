/** A change can't be undone, because rows are not any more as it left them: which, and how they are now. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Problem, RowConflict } from "~/lib/problem";
import { CellValue } from "../cells/CellValue";
import edit from "../edit/edit.module.css";
import type { Table } from "../model";

interface UndoRefusedProps {
  problem: Problem;
  table: Table;
  onClose: () => void;
}

export function UndoRefused({ problem, table, onClose }: UndoRefusedProps) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t("explorer.history.refused")} size={680} zIndex={400}>
      <Stack gap={12}>
        <Text size="sm">{problem.detail ?? problem.title}</Text>
        {problem.rows.map((row) => (
          <RowInTheWay key={row.key} row={row} table={table} />
        ))}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>
            {t("explorer.history.understood")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function RowInTheWay({ row, table }: { row: RowConflict; table: Table }) {
  const { t } = useTranslation();
  if (row.fields.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t(row.gone ? "explorer.history.rowGone" : "explorer.history.rowThere", { key: row.key })}
      </Text>
    );
  }
  return row.fields.map(({ field, base, mine, theirs }) => {
    const column = table.columns.find((one) => one.name === field);
    if (!column) return null;
    return (
      <section key={field} className={edit.conflict} aria-label={`${row.key} ${field}`}>
        <Text fw={600} size="sm" mb={8}>
          {t("explorer.history.rowField", { key: row.key, field })}
        </Text>
        <dl className={edit.sides}>
          {(["base", "mine", "theirs"] as const).map((side) => (
            <div key={side}>
              <dt>{t(`explorer.history.side.${side}`)}</dt>
              <dd>
                <CellValue value={{ base, mine, theirs }[side] ?? null} column={column} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
    );
  });
}
