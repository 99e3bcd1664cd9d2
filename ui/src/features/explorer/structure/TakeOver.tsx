/** Somebody else owns it: who, and the way to make it changeable here. */
import { Alert, Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { toastDone } from "~/lib/toast";
import { SqlToRun } from "../SqlToRun";
import { type Owner, tablesChanged, takeOver } from "./schema";

export function TakeOver({ source, owner, reason }: { source: string; owner: Owner; reason?: string | null }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asking, { open, close }] = useDisclosure(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const named = owner.name ? `${owner.schema}.${owner.name}` : owner.schema;
  const may = useCan("schema:own");
  const why = reason ?? (may ? null : t("explorer.schema.needsOwn"));
  const take = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await takeOver(source, owner);
      toastDone(t("explorer.schema.taken", { name: named }));
      close();
      await tablesChanged(client, source);
      await client.invalidateQueries({ queryKey: ["explorer", source, "schema-plan"] });
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Alert color="yellow" p={10}>
      <Group justify="space-between" gap={12} wrap="nowrap">
        <Text fz={13}>
          {owner.can_take_over
            ? t("explorer.schema.belongs", { name: named, owner: owner.owner })
            : t("explorer.schema.belongsElsewhere", { name: named, owner: owner.owner })}
        </Text>
        {owner.can_take_over && (
          <span title={why ?? undefined} style={{ flex: "none" }}>
            <Button size="xs" variant="default" disabled={why !== null} onClick={open}>
              {t("explorer.schema.takeOver")}
            </Button>
          </span>
        )}
      </Group>
      <Modal opened={asking} onClose={close} title={t("explorer.schema.takeOverTitle", { name: named })} size={480}>
        <Text fz={13}>{t("explorer.schema.takeOverText", { owner: owner.owner })}</Text>
        {problem && (
          <Alert color="red" role="alert" p={10} mt={12}>
            {problem.detail ?? problem.title}
            {problem.sql && <SqlToRun sql={problem.sql} />}
          </Alert>
        )}
        <Group justify="flex-end" gap={8} mt={16}>
          <Button variant="default" onClick={close}>
            {t("explorer.cancel")}
          </Button>
          <Button loading={busy} onClick={() => void take()}>
            {t("explorer.schema.takeOver")}
          </Button>
        </Group>
      </Modal>
    </Alert>
  );
}
