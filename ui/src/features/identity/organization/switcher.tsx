// Which organization somebody is in, and the way to another one.
import { Menu, Text, UnstyledButton } from "@mantine/core";
import { Building2, Check, ChevronsUpDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isOpen } from "~/lib/organizations";
import type { OwnOrganization } from "~/lib/session";
import classes from "./switcher.module.css";

interface SwitcherProps {
  organizations: OwnOrganization[];
  current: string | null;
  onChoose: (id: string) => void;
}

export function Switcher({ organizations, current, onChoose }: SwitcherProps) {
  const { t } = useTranslation();
  const here = organizations.find((one) => one.id === current);
  if (organizations.length === 0) return null;
  const name = here?.name ?? t("organization.choose");
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={t("organization.switch", { name })}>
          <Building2 size={16} aria-hidden className={classes.icon} />
          <span className={classes.name}>{name}</span>
          <ChevronsUpDown size={14} aria-hidden className={classes.icon} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Menu.Label>{t("organization.yours")}</Menu.Label>
        {organizations.map((one) => (
          <Menu.Item
            key={one.id}
            disabled={!isOpen(one)}
            aria-current={one.id === current || undefined}
            rightSection={one.id === current && <Check size={14} aria-hidden />}
            onClick={() => one.id !== current && onChoose(one.id)}
          >
            <span className={classes.name}>{one.name}</span>
            <Text fz={12} c="dimmed">
              {isOpen(one) ? one.role_label : t("organization.suspended")}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
