// Passkeys: as second step, and as a way in by themselves.
import { Fingerprint, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { knowsPasskeys, makePasskey } from "~/lib/passkey";
import { toastDone } from "~/lib/toast";
import { useActs } from "../own/data";
import type { Factor, Factors } from "../own/factors";
import { FactorLine } from "./factor-line";
import { Lines, Reasoned, Section } from "./section";
import { useDoor } from "./sections";

interface PasskeysProps {
  /** There is no other way in: no password, no provider. */
  alone: boolean;
  factors: Factors;
  onCodes: (codes: string[]) => void;
}

export function Passkeys({ alone, factors, onCodes }: PasskeysProps) {
  const { t } = useTranslation();
  const door = useDoor();
  const acts = useActs(door);
  const passkeys = factors.factors.filter((one) => one.kind === "passkey");
  const reason = !factors.passkeys
    ? t("account.security.noPasskeysHere")
    : !knowsPasskeys()
      ? t("account.security.noPasskeysBrowser")
      : null;
  const add = () =>
    acts.act("add", async () => {
      const options = await api.post<never>(`${door.own}/factors/passkey`);
      const credential = await makePasskey(options.data);
      const added = await api.post<{ recovery_codes: string[] | null }>(`${door.own}/factors/passkey/confirm`, {
        credential,
      });
      if (added.data.recovery_codes) onCodes(added.data.recovery_codes);
      else toastDone(t("account.security.passkeyAdded"));
    });
  const stays = (one: Factor) => staysOf(one, factors, alone, t);
  return (
    <Section
      title={t("account.security.passkeys")}
      text={t("account.security.passkeysText")}
      action={
        <Reasoned
          reason={reason}
          loading={acts.busy === "add"}
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => void add()}
        >
          {t("account.security.addPasskey")}
        </Reasoned>
      }
    >
      <Lines none={reason ?? t("account.security.passkeysNone")} label={t("account.security.passkeys")}>
        {passkeys.map((one) => (
          <FactorLine
            key={one.id}
            factor={one}
            icon={<Fingerprint size={16} />}
            acts={acts}
            stays={stays(one)}
            loses={losesOf(factors, t)}
          />
        ))}
      </Lines>
    </Section>
  );
}

/** Why a factor can't be removed: the server refuses it for the same reasons. */
export function staysOf(
  one: Factor,
  { factors, required }: Factors,
  alone: boolean,
  t: (key: string) => string,
): string | null {
  if (required && factors.length === 1) return t("account.security.lastFactor");
  const passkeys = factors.filter(({ kind }) => kind === "passkey").length;
  const lastWayIn = one.kind === "passkey" && passkeys === 1 && alone;
  return lastWayIn ? t("account.security.lastWayIn") : null;
}

/** What the removal of a factor brings along. */
export function losesOf({ factors }: Factors, t: (key: string) => string): string | null {
  return factors.length === 1 ? t("account.security.losesAll") : null;
}
