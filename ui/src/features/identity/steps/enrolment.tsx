// In the middle of a sign-in: the rules ask for a second factor and there is none, so an app is set up first.
import { Anchor, Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import type { Door } from "~/lib/door";
import type { Session } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { AuthenticatorSecret } from "./authenticator-secret";
import { CodeInput } from "./code-input";
import { Refusal } from "./refusal";

interface Started {
  secret: string;
  uri: string;
}

interface EnrolmentProps {
  door: Door;
  onEnrolled: (session: Session) => void;
  /** Looks how many tries are left, or whether this sign-in is over. */
  onRefused: () => Promise<void>;
  onRestart: () => void;
}

export function Enrolment({ door, onEnrolled, onRefused, onRestart }: EnrolmentProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const started = useQuery({
    queryKey: ["enrolment", door.kind],
    queryFn: async () => (await api.post<Started>(`${door.session}/enrolment`)).data,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

  const confirm = async (given: string) => {
    if (busy || given.length < 6) return;
    setBusy(true);
    setError(null);
    try {
      onEnrolled((await api.post<Session>(`${door.session}/enrolment/confirm`, { code: given })).data);
    } catch (refused) {
      setError(refused);
      setCode("");
      await onRefused();
    } finally {
      setBusy(false);
    }
  };

  if (started.isPending) return <FormSkeleton fields={3} />;
  if (started.isError) return <Failed problem={toProblem(started.error)} onRetry={onRestart} />;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void confirm(code);
      }}
    >
      <Stack gap={16}>
        <AuthenticatorSecret {...started.data} />
        <Refusal error={error} />
        <CodeInput
          value={code}
          onChange={setCode}
          onFull={(full) => void confirm(full)}
          disabled={busy}
          autoFocus={false}
        />
        <Button type="submit" size="md" fullWidth loading={busy} disabled={code.length < 6}>
          {t("steps.confirmApp")}
        </Button>
        <Anchor component="button" type="button" fz={13} c="dimmed" onClick={onRestart} style={{ alignSelf: "start" }}>
          {t("steps.restart")}
        </Anchor>
      </Stack>
    </form>
  );
}
