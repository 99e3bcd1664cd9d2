// Authenticator apps: six digits, from a phone.
import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Plus, Smartphone } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toastDone } from "~/lib/toast";
import { readAgain, useActs } from "../own/data";
import type { Factors } from "../own/factors";
import { AuthenticatorSecret } from "../steps/authenticator-secret";
import { CodeInput } from "../steps/code-input";
import { Refusal } from "../steps/refusal";
import { FactorLine } from "./factor-line";
import { losesOf, staysOf } from "./passkeys";
import { Lines, Reasoned, Section } from "./section";
import { useDoor } from "./sections";

interface Started {
  id: string;
  secret: string;
  uri: string;
}

export function Apps({ factors, onCodes }: { factors: Factors; onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const door = useDoor();
  const acts = useActs(door);
  const [started, setStarted] = useState<Started | null>(null);
  const apps = factors.factors.filter((one) => one.kind === "totp");
  const begin = () =>
    acts.act("add", async () => setStarted((await api.post<Started>(`${door.own}/factors/totp`)).data));
  return (
    <Section
      title={t("account.security.apps")}
      text={t("account.security.appsText")}
      action={
        <Reasoned
          reason={null}
          loading={acts.busy === "add"}
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => void begin()}
        >
          {t("account.security.addApp")}
        </Reasoned>
      }
    >
      <Lines none={t("account.security.appsNone")} label={t("account.security.apps")}>
        {apps.map((one) => (
          <FactorLine
            key={one.id}
            factor={one}
            icon={<Smartphone size={16} />}
            acts={acts}
            stays={staysOf(one, factors, false, t)}
            loses={losesOf(factors, t)}
          />
        ))}
      </Lines>
      {started && (
        <AddApp
          key={started.id}
          started={started}
          onClose={() => setStarted(null)}
          onAdded={(codes) => {
            setStarted(null);
            if (codes) onCodes(codes);
            else toastDone(t("account.security.appAdded"));
          }}
        />
      )}
    </Section>
  );
}

interface AddAppProps {
  started: Started;
  onClose: () => void;
  onAdded: (codes: string[] | null) => void;
}

function AddApp({ started, onClose, onAdded }: AddAppProps) {
  const { t } = useTranslation();
  const door = useDoor();
  const client = useQueryClient();
  const [label, setLabel] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async (given: string) => {
    if (busy || given.length < 6) return;
    setBusy(true);
    setError(null);
    try {
      const added = await api.post<{ recovery_codes: string[] | null }>(`${door.own}/factors/totp/confirm`, {
        id: started.id,
        code: given,
        ...(label.trim() === "" ? {} : { label: label.trim() }),
      });
      await readAgain(client, door);
      onAdded(added.data.recovery_codes);
    } catch (refused) {
      setError(refused);
      setCode("");
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("account.security.addApp")} closeOnClickOutside={false}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void confirm(code);
        }}
      >
        <Stack gap={16}>
          <AuthenticatorSecret {...started} />
          <TextInput
            label={t("account.security.appName")}
            placeholder={t("account.security.appNameExample")}
            value={label}
            maxLength={60}
            disabled={busy}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Refusal error={error} />
          <CodeInput value={code} onChange={setCode} disabled={busy} autoFocus={false} />
          <Button type="submit" size="md" fullWidth loading={busy} disabled={code.length < 6}>
            {t("account.security.confirmApp")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
