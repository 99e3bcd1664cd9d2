// One second factor: what it is called, when it was used, and renaming and removing it.
import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toastDone } from "~/lib/toast";
import { RelativeTime } from "~/primitives/relative-time";
import type { Acts } from "../own/data";
import type { Factor } from "../own/factors";
import { Line } from "./section";
import { useDoor } from "./sections";

interface FactorLineProps {
  factor: Factor;
  icon: ReactNode;
  acts: Acts;
  /** Why it can't be removed. */
  stays: string | null;
  /** What changes when it goes, beyond itself. */
  loses: string | null;
}

export function FactorLine({ factor, icon, acts, stays, loses }: FactorLineProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"rename" | "remove" | null>(null);
  const button = (verb: "rename" | "remove", shape: ReactNode, reason: string | null) => (
    <Tooltip label={reason ?? t(`account.security.${verb}`)} multiline maw={260}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        aria-label={t(`account.security.${verb}Label`, { name: factor.label })}
        data-disabled={reason !== null || undefined}
        aria-disabled={reason !== null}
        onClick={() => reason === null && setOpen(verb)}
      >
        {shape}
      </ActionIcon>
    </Tooltip>
  );
  return (
    <>
      <Line
        icon={icon}
        title={factor.label}
        notes={[<Used key="used" factor={factor} />, ...(stays === null ? [] : [stays])]}
        actions={
          <>
            {button("rename", <Pencil size={14} aria-hidden />, null)}
            {button("remove", <Trash2 size={14} aria-hidden />, stays)}
          </>
        }
      />
      {open === "rename" && <Rename factor={factor} acts={acts} onClose={() => setOpen(null)} />}
      {open === "remove" && <Remove factor={factor} acts={acts} loses={loses} onClose={() => setOpen(null)} />}
    </>
  );
}

function Used({ factor }: { factor: Factor }) {
  const { t } = useTranslation();
  return (
    <>
      {t("account.security.added")} <RelativeTime value={factor.created_at} />
      {" · "}
      {factor.last_used_at ? (
        <>
          {t("account.security.used")} <RelativeTime value={factor.last_used_at} />
        </>
      ) : (
        t("account.security.unused")
      )}
    </>
  );
}

interface DialogProps {
  factor: Factor;
  acts: Acts;
  onClose: () => void;
}

function Rename({ factor, acts, onClose }: DialogProps) {
  const { t } = useTranslation();
  const door = useDoor();
  const [label, setLabel] = useState(factor.label);
  const given = label.trim();
  const save = async () => {
    const path = `${door.own}/factors/${factor.id}`;
    if (
      given === factor.label ||
      (await acts.act("rename", async () => void (await api.patch(path, { label: given }))))
    )
      onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("account.security.renameTitle")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (given !== "") void save();
        }}
      >
        <Stack gap={16}>
          <TextInput
            label={t("identity.name")}
            description={t("account.security.renameHelp")}
            value={label}
            maxLength={60}
            data-autofocus
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={onClose}>
              {t("primitives.cancel")}
            </Button>
            <Button type="submit" disabled={given === ""} loading={acts.busy === "rename"}>
              {t("account.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Remove({ factor, acts, loses, onClose }: DialogProps & { loses: string | null }) {
  const { t } = useTranslation();
  const door = useDoor();
  const remove = async () => {
    const path = `${door.own}/factors/${factor.id}`;
    if (!(await acts.act("remove", async () => void (await api.delete(path))))) return;
    toastDone(t("account.security.removed", { name: factor.label }));
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("account.security.removeTitle", { name: factor.label })}>
      <Stack gap={16}>
        <Text fz={13}>{t(`account.security.removeText.${factor.kind}`)}</Text>
        {loses && <Text fz={13}>{loses}</Text>}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("primitives.cancel")}
          </Button>
          <Button color="red" loading={acts.busy === "remove"} onClick={() => void remove()}>
            {t("account.security.remove")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
