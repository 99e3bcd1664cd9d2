// Passkeys, authenticator apps and recovery codes: what stands between this account and somebody with its password.
import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "~/primitives/page-header";
import { useFactors, useOwnAccount } from "../own/data";
import type { Factors, OwnAccount } from "../own/factors";
import { OwnIdentities } from "../own/identities";
import { ownIdentities } from "../sso/data";
import { Apps } from "./apps";
import { CodesDialog } from "./codes-dialog";
import { Passkeys } from "./passkeys";
import { RecoverySection } from "./recovery-section";
import { Loaded } from "./section";
import { useDoor } from "./sections";

export function SecurityPage() {
  const { t } = useTranslation();
  const door = useDoor();
  const account = useOwnAccount(door);
  const factors = useFactors(door);
  return (
    <>
      <PageHeader title={t("account.security.title")} description={t("account.security.text")} />
      <Loaded query={account}>
        {(whose) => <Loaded query={factors}>{(have) => <Protections account={whose} factors={have} />}</Loaded>}
      </Loaded>
      <OwnIdentities door={door} />
    </>
  );
}

function Protections({ account, factors }: { account: OwnAccount; factors: Factors }) {
  // With the first factor come recovery codes, whichever it is.
  const [codes, setCodes] = useState<string[] | null>(null);
  const connected = (useQuery(ownIdentities(useDoor())).data?.identities.length ?? 0) > 0;
  return (
    <>
      <Verdict account={account} factors={factors} />
      <Passkeys alone={!account.has_password && !connected} factors={factors} onCodes={setCodes} />
      <Apps factors={factors} onCodes={setCodes} />
      <RecoverySection factors={factors} onCodes={setCodes} />
      <CodesDialog codes={codes} onDone={() => setCodes(null)} />
    </>
  );
}

/** How well the account is protected, in one line. */
function Verdict({ account, factors }: { account: OwnAccount; factors: Factors }) {
  const { t } = useTranslation();
  const safe = factors.factors.length > 0;
  const low = safe && factors.recovery_codes_left < 3;
  const key = !safe ? "open" : low ? "low" : account.has_password ? "safe" : "passwordless";
  return (
    <Alert
      variant="light"
      color={safe && !low ? "green" : "yellow"}
      icon={safe ? <ShieldCheck size={16} aria-hidden /> : <ShieldAlert size={16} aria-hidden />}
    >
      {t(`account.security.verdict.${key}`, { count: factors.recovery_codes_left })}
      {safe && factors.required && ` ${t("account.security.required")}`}
    </Alert>
  );
}
