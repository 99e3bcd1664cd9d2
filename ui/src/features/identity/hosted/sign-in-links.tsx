// Where else one can go from the sign-in page: only what works here is offered.
import { Anchor, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Door, STAFF } from "~/lib/door";
import type { Session } from "~/lib/session";

export function SignInLinks({ door, session }: { door: Door; session: Session }) {
  const { t } = useTranslation();
  const offers = session.offers;
  const registers = offers?.registration && offers.registration.mode !== "disabled";
  if (!offers?.forgotten_password && !registers) return null;
  return (
    <Group component="nav" justify="space-between" gap="8px 16px" aria-label={t("letter.more")}>
      {offers?.forgotten_password && (
        <Anchor component={Link} to="/auth/reset" search={(door === STAFF ? { for: "staff" } : {}) as never} fz={13}>
          {t("letter.forgot")}
        </Anchor>
      )}
      {registers && (
        <Anchor component={Link} to="/auth/register" fz={13}>
          {t("register.link")}
        </Anchor>
      )}
    </Group>
  );
}
