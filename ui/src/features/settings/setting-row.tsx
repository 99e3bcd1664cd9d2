import { Anchor, Badge, Button, Group, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput, FieldValue } from "~/kit/fields";
import { ErrorSummary } from "~/kit/form/error-summary";
import { fieldFromSchema } from "~/kit/form/schema";
import { useForm } from "~/kit/form/use-form";
import { api, Problem } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { same } from "~/lib/merge";
import type { SettingMeta } from "~/lib/meta";
import { useCan } from "~/lib/session";
import { toastDone } from "~/lib/toast";
import classes from "./settings.module.css";

export interface SettingValue {
  key: string;
  value: unknown;
  default: unknown;
  source: "default" | "database" | "environment";
  /** Fixed by the environment; the page can't change it. */
  locked: boolean;
  version: string;
}

export function SettingRow({ setting, stored }: { setting: SettingMeta; stored: SettingValue }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const allowed = useCan(setting.permission);
  const label = labels.setting(setting);
  const field = useMemo(
    () => ({
      ...fieldFromSchema("value", setting.schema, setting.schema, true),
      label,
      help: labels.settingHelp(setting),
      nullable: false,
    }),
    [setting, label, labels],
  );
  const form = useForm("settings", [field], { value: stored.value });
  const why = stored.locked
    ? t("settings.locked")
    : allowed
      ? null
      : t("actions.needs", { permission: setting.permission });

  const store = (value: unknown) =>
    form.submit(async () => {
      try {
        await api.patch(`/settings/${encodeURIComponent(setting.key)}`, { value }, { version: stored.version });
      } catch (error) {
        if (error instanceof Problem && error.kind === "conflict")
          await client.invalidateQueries({ queryKey: ["settings"] });
        throw error;
      }
      toastDone(t("actions.saved", { what: label }));
      await client.invalidateQueries({ queryKey: ["settings"] });
    });

  return (
    <form
      className={classes.row}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void store(form.values.value);
      }}
    >
      <div className={classes.input}>
        {form.problem && <ErrorSummary form={form} />}
        <FieldInput
          field={{ ...field, required: false }}
          scope="settings"
          id={form.idOf("value")}
          label={label}
          help={field.help}
          value={form.values.value}
          onChange={(value) => form.set("value", value)}
          error={form.errors[0]?.message ?? null}
          disabled={why !== null || form.busy}
        />
      </div>
      <Group gap={8} className={classes.side} data-beside={field.type === "bool" || undefined}>
        {form.dirty ? (
          <>
            <Button type="submit" size="xs" loading={form.busy}>
              {t("settings.save")}
            </Button>
            <Button
              size="xs"
              variant="default"
              disabled={form.busy}
              onClick={() => form.reset({ value: stored.value })}
            >
              {t("primitives.cancel")}
            </Button>
          </>
        ) : why !== null ? (
          <Tooltip label={why}>
            <Badge color="gray" leftSection={<Lock size={10} aria-hidden />} tabIndex={0}>
              {stored.locked ? t("settings.lockedBadge") : t("settings.noPermissionBadge")}
            </Badge>
          </Tooltip>
        ) : stored.source === "default" || same(stored.value, stored.default) ? (
          <Badge color="gray" variant="outline">
            {t("settings.isDefault")}
          </Badge>
        ) : (
          <Anchor component="button" type="button" fz={12} c="dimmed" onClick={() => void store(stored.default)}>
            {t("settings.restore")} (<FieldValue field={field} scope="settings" value={stored.default} dense />)
          </Anchor>
        )}
      </Group>
    </form>
  );
}
