/** Files that one uploaded for this table, the newest first: some wait, some are over. */
import { ActionIcon, Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { RelativeTime } from "~/primitives/relative-time";
import { importsKey, isBusy, type RowImport } from "./model";

const COLOURS = {
  new: "gray",
  checking: "blue",
  running: "blue",
  done: "green",
  failed: "red",
  cancelled: "gray",
} as const;

export function Earlier({ imports, onOpen }: { imports: readonly RowImport[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: async (id: string) => api.delete(`/row-imports/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: importsKey }),
  });
  return (
    <section>
      <Text component="h3" fz={13} fw={600} mb={6}>
        {t("explorer.import.earlier")}
      </Text>
      <div className={classes.scroll}>
        <Table verticalSpacing={6} miw={480} fz={13} aria-label={t("explorer.import.earlier")}>
          <Table.Tbody>
            {imports.map((made) => (
              <Table.Tr key={made.id}>
                <Table.Td>
                  <Anchor component="button" type="button" fz={13} onClick={() => onOpen(made.id)}>
                    {made.name}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <Badge variant="light" color={COLOURS[made.status]}>
                    {t(`explorer.import.status.${made.status}`)}
                  </Badge>
                </Table.Td>
                <Table.Td style={{ textAlign: "right" }}>
                  {t("explorer.import.rows", { count: made.rows, shown: formatNumber(made.rows) })}
                </Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Text fz={12} c="dimmed">
                      <RelativeTime value={made.created_at} />
                    </Text>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      disabled={isBusy(made)}
                      aria-label={t("explorer.import.forget", { name: made.name })}
                      onClick={() => forget.mutate(made.id)}
                    >
                      <Trash2 size={14} aria-hidden />
                    </ActionIcon>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
