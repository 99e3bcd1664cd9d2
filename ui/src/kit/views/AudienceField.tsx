/** Who sees what somebody keeps: only they, a role, or everybody. */
import { Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RefField } from "~/kit/fields/ref/input";
import type { FieldMeta } from "~/lib/meta";
import type { Audience } from "./data";

export interface Shown {
  audience: Audience;
  role_id: string | null;
}

interface AudienceFieldProps {
  /** The collection that it is kept in. */
  scope: string;
  value: Shown;
  onChange: (next: Shown) => void;
  /** Whether it may be shown to others. */
  shares: boolean;
  roleError: string | null;
}

const AUDIENCES: readonly Audience[] = ["me", "role", "everybody"];
const ROLE = { name: "role_id", label: "Role", references: "roles", required: true, nullable: false } as FieldMeta;

export function AudienceField({ scope, value, onChange, shares, roleError }: AudienceFieldProps) {
  const { t } = useTranslation();
  return (
    <>
      <Radio.Group
        label={t("views.who")}
        description={shares ? undefined : t("views.sharePermission", { permission: `${scope}:share` })}
        value={value.audience}
        onChange={(next) => onChange({ ...value, audience: next as Audience })}
      >
        <Stack gap={8} mt={6}>
          {AUDIENCES.map((one) => (
            <Radio key={one} value={one} label={t(`views.audience.${one}`)} disabled={!shares && one !== "me"} />
          ))}
        </Stack>
      </Radio.Group>
      {value.audience === "role" && (
        <RefField
          field={ROLE}
          scope={scope}
          id={`${scope}-role`}
          label={t("views.role")}
          help={null}
          value={value.role_id}
          onChange={(next) => onChange({ ...value, role_id: typeof next === "string" ? next : null })}
          error={roleError}
        />
      )}
    </>
  );
}

/** Shows it to these people from now on, where that is something new. */
export async function shareWith(
  post: (body: Shown) => Promise<unknown>,
  before: Shown | null,
  now: Shown,
): Promise<void> {
  const shown = { audience: now.audience, role_id: now.audience === "role" ? now.role_id : null };
  if (shown.audience !== (before?.audience ?? "me") || shown.role_id !== (before?.role_id ?? null)) await post(shown);
}
