// Accepting an invitation: to the staff, or to use the platform.
import { Anchor, Text } from "@mantine/core";
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toProblem } from "~/lib/api";
import { type Door, STAFF, USER } from "~/lib/door";
import { humanize } from "~/lib/labels";
import { becomeSession, type Session, sessionOf } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { AuthFrame } from "./auth-frame";
import { field } from "./fields";
import { useLinkToken } from "./link-token";
import { NewPasswordForm } from "./new-password-form";
import { Join, keptToken } from "./organization/join";
import { AcceptByProvider } from "./sso/accept";
import type { Provider } from "./sso/data";

interface AnyOffer {
  email: string;
  name?: string | null;
  /** By which alone this address comes in. */
  provider?: Provider | null;
}

interface StaffOffer extends AnyOffer {
  role: string;
  expires_at: string;
}

export function Invitation() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  return (
    <AcceptInvitation<StaffOffer>
      path="/invitation"
      door={STAFF}
      text={(offer) => t("invitation.text", { email: offer.email, role: humanize(offer.role) })}
      onAccepted={async (session) => {
        becomeSession(client, session);
        await router.navigate({ to: "/admin", replace: true });
      }}
      wayOut={
        <Anchor component={Link} to="/admin/login" fz={13}>
          {t("identity.toSignIn")}
        </Anchor>
      }
    />
  );
}

interface UserOffer extends AnyOffer {
  name: string | null;
  organization: string | null;
  role: string | null;
  /** Somebody with this address has an account, with which they join. */
  account: boolean;
  expires_at: string;
}

export function UserInvitation() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  return (
    <AcceptInvitation<UserOffer>
      path="/account/invitation"
      door={USER}
      text={(offer) =>
        offer.organization
          ? t("invitation.memberText", { email: offer.email, organization: offer.organization, role: offer.role })
          : t("invitation.userText", { email: offer.email })
      }
      onAccepted={async (session) => {
        becomeSession(client, session, USER);
        // Where the rules ask for a second factor, the sign-in goes on with it.
        await router.navigate({ to: session.state === "signed_in" ? "/dashboard" : "/auth/login", replace: true });
      }}
      instead={(offer, token) =>
        offer.account &&
        offer.organization && (
          <Join token={token} email={offer.email} organization={offer.organization} role={offer.role ?? ""} />
        )
      }
      wayOut={null}
    />
  );
}

interface AcceptInvitationProps<T> {
  /** Both looks at the invitation and accepts it. */
  path: string;
  /** What it opens. */
  door: Door;
  text: (offer: T) => ReactNode;
  /** The server has signed them in. */
  onAccepted: (session: Session) => Promise<void>;
  /** Where to go on when the link is no good. */
  wayOut: ReactNode;
  /** Another way to take it, where the offer has one. */
  instead?: (offer: T, token: string) => ReactNode;
}

function AcceptInvitation<T extends AnyOffer>(props: AcceptInvitationProps<T>) {
  const { path, door, text, onAccepted, wayOut, instead } = props;
  const { t } = useTranslation();
  const token = keptToken(useLinkToken());
  const { offers } = useSuspenseQuery(sessionOf(door)).data;
  const [taken, setTaken] = useState(false);
  const offer = useQuery({
    // Whoever took it is somebody else from then on, of whom nothing is known yet; the link is used up.
    enabled: !taken,
    queryKey: ["invitation", path, token],
    queryFn: async ({ signal }) => (await api.get<T>(path, { query: [["token", token]], signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const fields = useMemo(
    () => [field("name", "text", t("identity.name")), field("password", "password", t("identity.password"))],
    [t],
  );

  if (offer.isPending) {
    return (
      <AuthFrame title={t("invitation.title")}>
        <FormSkeleton fields={2} />
      </AuthFrame>
    );
  }
  if (offer.isError) {
    const problem = toProblem(offer.error);
    if (["not-found", "gone", "validation", "malformed"].includes(problem.kind)) {
      return (
        <AuthFrame
          title={t("invitation.invalidTitle")}
          description={t(problem.kind === "gone" ? "invitation.gone" : "invitation.unknown")}
        >
          {wayOut}
        </AuthFrame>
      );
    }
    return (
      <AuthFrame title={t("invitation.title")}>
        <Failed problem={problem} onRetry={() => void offer.refetch()} />
      </AuthFrame>
    );
  }
  const other = instead?.(offer.data, token);
  if (other) return other;
  return (
    <AuthFrame
      title={t("invitation.title")}
      description={
        <Text fz={13} c="dimmed">
          {text(offer.data)}
        </Text>
      }
    >
      {offer.data.provider ? (
        <AcceptByProvider door={door} provider={offer.data.provider} invitation={token} email={offer.data.email} />
      ) : (
        <NewPasswordForm
          fields={fields}
          start={{ name: offer.data.name ?? "" }}
          submitLabel={t("invitation.submit")}
          personal={[offer.data.email]}
          policy={offers?.password}
          autoComplete={{ name: "name", password: "new-password" }}
          send={async ({ name, password }) => {
            const { data } = await api.post<Session>(path, { token, name, password });
            setTaken(true);
            await onAccepted(data);
          }}
        />
      )}
    </AuthFrame>
  );
}
