/** One's last exports of this table or of all, the newest first: some are being made, some can be taken, some are over. */
import { ActionIcon, Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { api } from "~/lib/api";
import { formatBytes, formatNumber } from "~/lib/format";
import { RelativeTime } from "~/primitives/relative-time";
import { exportsKey, fileOf, type RowExport } from "./model";

const COLOURS = { running: "blue", done: "green", failed: "red", cancelled: "gray", expired: "gray" } as const;

interface EarlierProps {
  made: readonly RowExport[];
  /** Whether other tables' are among them. */
  ofAll: boolean;
  onOpen: (id: string) => void;
}

export function Earlier({ made, ofAll, onOpen }: EarlierProps) {
  const { t } = useTranslation();
  const heading = t(ofAll ? "explorer.export.earlierOfAll" : "explorer.export.earlier");
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: async (id: string) => api.delete(`/row-exports/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: exportsKey }),
  });
  return (
    <section>
      <Text component="h3" fz={13} fw={600} mb={6}>
        {heading}
      </Text>
      <div className={classes.scroll} style={{ maxHeight: 180, overflowY: "auto" }}>
        <Table verticalSpacing={6} fz={13} aria-label={heading}>
          <Table.Tbody>
            {made.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Anchor component="button" type="button" fz={13} onClick={() => onOpen(one.id)}>
                    {ofAll ? `${one.source} · ${one.schema}.${one.name}` : one.name}
                  </Anchor>
                  <Text fz={12} c="dimmed">
                    {t("explorer.import.rows", { count: one.rows, shown: formatNumber(one.rows) })}
                    {one.status === "done" && ` · ${formatBytes(Number(one.bytes))}`}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Badge variant="light" color={COLOURS[one.status]}>
                    {t(`explorer.export.status.${one.status}`)}
                  </Badge>
                  <Text fz={12} c="dimmed">
                    {one.status === "done" && one.expires_at !== null ? (
                      <>
                        {t("explorer.export.until")} <RelativeTime value={one.expires_at} />
                      </>
                    ) : (
                      <RelativeTime value={one.created_at} />
                    )}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    {one.status === "done" && (
                      <ActionIcon
                        component="a"
                        variant="subtle"
                        href={fileOf(one)}
                        download={one.name}
                        aria-label={t("explorer.export.downloadOf", { name: one.name })}
                      >
                        <Download size={14} aria-hidden />
                      </ActionIcon>
                    )}
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      disabled={one.status === "running"}
                      aria-label={t("explorer.import.forget", { name: one.name })}
                      onClick={() => forget.mutate(one.id)}
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
