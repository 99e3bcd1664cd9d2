// The registry speaks English; a catalogue may translate any of its words under a fixed key.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ActionMeta, FieldMeta, ModuleMeta, Option, PageMeta, ResourceMeta, SettingMeta } from "./meta";
import { useSurface } from "./surface";

/** Labels the registry gives the everyday actions by itself. */
const PLAIN_ACTIONS: Record<string, string> = {
  create: "Create",
  update: "Update",
  delete: "Delete",
  suspend: "Suspend",
  activate: "Activate",
};

/** What the registry calls references that it says nothing more about; many forms have them. */
const PLAIN_FIELDS: Record<string, string> = { organization_id: "Organization", role_id: "Role", user_id: "User" };

export function useLabels() {
  const { t } = useTranslation();
  const { kind } = useSurface();
  return useMemo(() => {
    // Where everything is one organization's, some things have shorter names ("Members").
    const say = (key: string, english: string) =>
      t(kind === "organization" ? [`withinOrganization.${key}`, key] : key, { defaultValue: english });
    const maybe = (key: string, english: string | null) => (english ? say(key, english) : null);
    return {
      module: (module: ModuleMeta) => say(`modules.${module.name}`, module.label),
      page: (page: PageMeta) => say(`pages.${page.name}`, page.label),
      group: (group: string) => say(`groups.${group}`, group.charAt(0).toUpperCase() + group.slice(1)),
      resource: (resource: ResourceMeta) => say(`resources.${resource.name}.label`, resource.label),
      /** As a tab of what it belongs to: the sessions of a user are "Sessions" there. */
      tab: (resource: ResourceMeta) =>
        say(`resources.${resource.name}.tab`, say(`resources.${resource.name}.label`, resource.label)),
      singular: (resource: ResourceMeta) => say(`resources.${resource.name}.singular`, resource.singular),
      /** What an entry of the audit log is about; some of it (a row, a setting) is no resource. */
      kind: (name: string) => say(`resources.${name}.singular`, humanize(name)),
      description: (resource: ResourceMeta) => say(`resources.${resource.name}.description`, resource.description),
      field: (resource: string, field: Pick<FieldMeta, "name" | "label">) => {
        const plain = PLAIN_FIELDS[field.name] === field.label;
        return say(`resources.${resource}.fields.${field.name}`, plain ? t(`plainFields.${field.name}`) : field.label);
      },
      help: (resource: string, field: Pick<FieldMeta, "name" | "help">) =>
        maybe(`resources.${resource}.help.${field.name}`, field.help),
      option: (resource: string, field: string, option: Option) =>
        say(`resources.${resource}.options.${field}.${option.value}`, option.label),
      action: (resource: string, action: Pick<ActionMeta, "name" | "label">) => {
        const plain = PLAIN_ACTIONS[action.name];
        // The everyday verbs are worded once for all resources, unless a resource words its own.
        const english = plain === action.label ? t(`actions.plain.${action.name}`) : action.label;
        return say(`resources.${resource}.actions.${action.name}.label`, english);
      },
      confirm: (resource: string, action: Pick<ActionMeta, "name" | "confirm">) =>
        maybe(`resources.${resource}.actions.${action.name}.confirm`, action.confirm),
      setting: (setting: SettingMeta) => say(`settings.keys.${setting.key}.label`, setting.label),
      settingHelp: (setting: SettingMeta) => maybe(`settings.keys.${setting.key}.help`, setting.help),
    };
  }, [t, kind]);
}

export type Labels = ReturnType<typeof useLabels>;

/** `last_sign_in_at` → "Last sign in at", for names the registry gives no label. */
export function humanize(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
