// A new password. The fresh proof that it asks for stands for the old one.

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { sessionOf } from "~/lib/session";
import { toastDone } from "~/lib/toast";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { field } from "../fields";
import { NewPasswordForm } from "../new-password-form";
import { readAgain, useOwnAccount } from "../own/data";
import { Loaded } from "./section";
import { useDoor } from "./sections";

export function PasswordPage() {
  const { t } = useTranslation();
  const door = useDoor();
  const client = useQueryClient();
  const account = useOwnAccount(door);
  const policy = useSuspenseQuery(sessionOf(door)).data.offers?.password;
  const [round, setRound] = useState(0);
  const fields = useMemo(() => [field("password", "password", t("reset.newPassword"))], [t]);
  const send = async ({ password }: Record<string, unknown>) => {
    await api.post(`${door.own}/password`, { password });
    toastDone(t("account.password.done"));
    setRound((before) => before + 1);
    await readAgain(client, door);
  };
  return (
    <>
      <PageHeader title={t("account.sections.password")} description={t("account.password.text")} />
      <Loaded query={account}>
        {({ email, name, has_password, password_set_at }) => (
          <div style={{ maxWidth: 400 }}>
            <p style={{ marginTop: 0 }}>
              {has_password ? t("account.password.has") : t("account.password.none")}{" "}
              {password_set_at && <RelativeTime value={password_set_at} />}
            </p>
            <NewPasswordForm
              key={round}
              fields={fields}
              account={email}
              personal={[email, name ?? ""]}
              policy={policy}
              submitLabel={t(has_password ? "account.password.change" : "account.password.set")}
              autoComplete={{ password: "new-password" }}
              send={send}
            />
          </div>
        )}
      </Loaded>
    </>
  );
}
