// Signing in, step by step, the same behind both doors. Where it stands is the server's to say, so that a page that is
// loaded again goes on where it was.
import { Alert } from "@mantine/core";
import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import type { Door } from "~/lib/door";
import { becomeNobody, becomeSession, type Session, sessionOf } from "~/lib/session";
import { toastProblem } from "~/lib/toast";
import { AuthFrame } from "../auth-frame";
import { Enrolment } from "./enrolment";
import { Password } from "./password";
import { RecoveryCodes } from "./recovery-codes";
import { SecondFactor } from "./second-factor";
import { Unconfirmed } from "./unconfirmed";

interface SignInStepsProps {
  door: Door;
  title: string;
  description?: ReactNode;
  notice?: ReactNode;
  /** More ways in, on the first step. */
  others?: ReactNode;
  /** Where else to go, below the first step. */
  footer?: ReactNode;
  wrongHelp: string;
  onDone: () => Promise<void>;
}

export function SignInSteps({ door, title, description, notice, others, footer, wrongHelp, onDone }: SignInStepsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const session = useSuspenseQuery(sessionOf(door)).data;
  const [enrolled, setEnrolled] = useState<Session | null>(null);
  const [over, setOver] = useState(false);

  const goOn = async (answer: Session) => {
    setOver(false);
    becomeSession(client, answer, door);
    if (answer.state === "signed_in") await onDone();
  };
  const look = async () => {
    await client.invalidateQueries({ queryKey: sessionOf(door).queryKey });
    setOver(client.getQueryData(sessionOf(door).queryKey)?.state === "signed_out");
  };
  const restart = async () => {
    try {
      await api.delete(door.session);
      becomeNobody(client, door);
    } catch (error) {
      toastProblem(error);
    }
  };

  if (enrolled) {
    return (
      <AuthFrame title={t("steps.codes")} description={t("steps.codesText")}>
        <RecoveryCodes
          codes={enrolled.recovery_codes ?? []}
          doneLabel={t("steps.goOn")}
          onDone={() => void goOn({ ...enrolled, recovery_codes: undefined })}
        />
      </AuthFrame>
    );
  }
  if (session.state === "enrolment") {
    return (
      <AuthFrame title={t("steps.enrolTitle")} description={t("steps.enrolText")}>
        <Enrolment door={door} onEnrolled={setEnrolled} onRefused={look} onRestart={() => void restart()} />
      </AuthFrame>
    );
  }
  if (session.state === "second_factor") {
    return (
      <AuthFrame title={t("steps.secondTitle")} description={t("steps.secondText")}>
        <SecondFactor
          door={door}
          session={session}
          onSignedIn={goOn}
          onRefused={look}
          onRestart={() => void restart()}
        />
      </AuthFrame>
    );
  }
  if (session.state === "unconfirmed") return <Unconfirmed onRestart={() => void restart()} />;
  return (
    <AuthFrame title={title} description={description}>
      <Password
        door={door}
        session={session}
        onAnswer={goOn}
        notice={
          over ? (
            <Alert color="yellow" variant="light" role="alert">
              {t("steps.over")}
            </Alert>
          ) : (
            notice
          )
        }
        others={others}
        wrongHelp={wrongHelp}
      />
      {footer}
    </AuthFrame>
  );
}
