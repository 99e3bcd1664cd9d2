/** What somebody had done with a table before, the newest first: some of it goes on, some can be taken, some is over. */
import { ActionIcon, Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "~/kit/import/import.module.css";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";

export interface Errand {
  id: string;
  name: string;
  /** The name, where it alone doesn't tell. */
  title?: string;
  rows: number;
  /** What more there is to say of its size. */
  size?: string;
  state: string;
  colour: string;
  when: ReactNode;
  busy: boolean;
  /** What can be done with it, before it is forgotten. */
  action?: ReactNode;
}

interface EarlierListProps {
  heading: string;
  errands: readonly Errand[];
  /** Where each is below by its id. */
  path: "/row-imports" | "/row-exports";
  queryKey: QueryKey;
  onOpen: (id: string) => void;
}

export function EarlierList({ heading, errands, path, queryKey, onOpen }: EarlierListProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: async (id: string) => api.delete(`${path}/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <section>
      <Text component="h3" fz={13} fw={600} mb={6}>
        {heading}
      </Text>
      <div className={classes.scroll} style={{ maxHeight: 180, overflowY: "auto" }}>
        <Table verticalSpacing={6} fz={13} aria-label={heading}>
          <Table.Tbody>
            {errands.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Anchor
                    component="button"
                    type="button"
                    fz={13}
                    ta="left"
                    style={{ overflowWrap: "anywhere" }}
                    onClick={() => onOpen(one.id)}
                  >
                    {one.title ?? one.name}
                  </Anchor>
                  <Text fz={12} c="dimmed">
                    {t("explorer.errand.rows", { count: one.rows, shown: formatNumber(one.rows) })}
                    {one.size && ` · ${one.size}`}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Badge variant="light" color={one.colour}>
                    {one.state}
                  </Badge>
                  <Text fz={12} c="dimmed">
                    {one.when}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    {one.action}
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      disabled={one.busy}
                      aria-label={t("explorer.errand.forget", { name: one.name })}
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
