// The pages that share an entry of the navigation, as tabs above each of them.
import { Tooltip } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSurface } from "~/lib/surface";
import classes from "./beside.module.css";
import { beside, currentItem, type NavGroup, type NavItem } from "./navigation";

export function Beside({ groups }: { groups: NavGroup[] }) {
  const { t } = useTranslation();
  const { base } = useSurface();
  const pathname = useLocation({ select: (location) => location.pathname.replace(/\/$/, "") });
  const here = currentItem(groups, pathname, base);
  const group = groups.find((one) => here && one.items.includes(here));
  // Not above one object of a list, which has tabs of its own.
  if (!here || !group || here.path !== pathname) return null;
  const items = beside(group, here);
  if (items.length < 2) return null;
  return (
    <nav aria-label={t("shell.beside")} className={classes.wrap}>
      <ul className={classes.list}>
        {items.map((item) => (
          <li key={item.path}>
            <Tab item={item} here={item === here} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Tab({ item, here }: { item: NavItem; here: boolean }) {
  const { t } = useTranslation();
  const link = (
    <Link to={item.path} className={classes.tab} aria-current={here ? "page" : undefined}>
      {item.label}
      {!item.allowed && <Lock size={12} aria-label={t("states.noPermission")} />}
    </Link>
  );
  if (item.allowed) return link;
  return <Tooltip label={t("actions.needs", { permission: item.permission })}>{link}</Tooltip>;
}
