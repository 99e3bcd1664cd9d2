// An organization of theirs that doesn't open to this session: why, and the way to open it.
import { Button, type ButtonProps } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { USER } from "~/lib/door";
import type { Closed } from "~/lib/session";
import { askForProof } from "~/lib/step-up";
import { readAgain } from "../own/data";

export type ClosedWord = "ended" | "factorMissing" | "factorUnused" | "hours";

/** What it is called in the catalogues. */
export function wordOf(closed: Closed): ClosedWord {
  if (closed.why === "second_factor") return closed.enrolled ? "factorUnused" : "factorMissing";
  return closed.why;
}

/** What opens it; nothing where only time does. */
export function OpenButton({ closed, ...button }: { closed: Closed } & ButtonProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  if (closed.why === "hours") return null;
  if (closed.why === "second_factor" && !closed.enrolled) {
    return (
      <Button
        leftSection={<KeyRound size={14} aria-hidden />}
        {...button}
        renderRoot={(props) => <Link {...props} to="/account/security" />}
      >
        {t("organization.setUpFactor")}
      </Button>
    );
  }
  const prove = async () => {
    setBusy(true);
    if (await askForProof(USER)) await readAgain(client, USER);
    setBusy(false);
  };
  return (
    <Button leftSection={<ShieldCheck size={14} aria-hidden />} {...button} loading={busy} onClick={() => void prove()}>
      {t("organization.prove")}
    </Button>
  );
}
