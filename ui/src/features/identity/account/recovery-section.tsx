// Recovery codes: what is left of them, and new ones.
import { Button, Group, Modal, Text } from "@mantine/core";
import { LifeBuoy, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { useActs } from "../own/data";
import type { Factors } from "../own/factors";
import { Line, Lines, Reasoned, Section } from "./section";
import { useDoor } from "./sections";

export function RecoverySection({ factors, onCodes }: { factors: Factors; onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const door = useDoor();
  const acts = useActs(door);
  const [asking, setAsking] = useState(false);
  const left = factors.recovery_codes_left;
  const any = factors.factors.length > 0;
  const renew = async () => {
    setAsking(false);
    await acts.act("renew", async () => {
      const made = await api.post<{ recovery_codes: string[] }>(`${door.own}/recovery-codes`);
      onCodes(made.data.recovery_codes);
    });
  };
  return (
    <Section
      title={t("account.security.codes")}
      text={t("account.security.codesText")}
      action={
        <Reasoned
          reason={any ? null : t("account.security.codesNeedFactor")}
          loading={acts.busy === "renew"}
          leftSection={<RefreshCw size={14} aria-hidden />}
          onClick={() => (left > 0 ? setAsking(true) : void renew())}
        >
          {t("account.security.renewCodes")}
        </Reasoned>
      }
    >
      <Lines none={t("account.security.codesNeedFactor")} label={t("account.security.codes")}>
        {any
          ? [<Line key="left" icon={<LifeBuoy size={16} />} title={t("account.security.codesLeft", { count: left })} />]
          : []}
      </Lines>
      <Modal opened={asking} onClose={() => setAsking(false)} title={t("account.security.renewTitle")}>
        <Text fz={13}>{t("account.security.renewText", { count: left })}</Text>
        <Group justify="flex-end" gap={8} mt={16}>
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            {t("primitives.cancel")}
          </Button>
          <Button onClick={() => void renew()}>{t("account.security.renewCodes")}</Button>
        </Group>
      </Modal>
    </Section>
  );
}
