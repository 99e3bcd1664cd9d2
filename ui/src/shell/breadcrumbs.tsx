import { Link, useLocation } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useKnownObject } from "~/kit/resource/data";
import { useLabels } from "~/lib/labels";
import { resourceNamed, titleOf, useMeta } from "~/lib/meta";
import { useSession } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { shortId } from "~/primitives/short-id";
import classes from "./breadcrumbs.module.css";
import { currentItem, type NavGroup } from "./navigation";

interface Crumb {
  key: string;
  label: string;
  path?: string;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Where we are, from the address and the registry. */
export function useCrumbs(groups: NavGroup[]): Crumb[] {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const pathname = useLocation({ select: (location) => location.pathname });
  const { base } = useSurface();
  const item = currentItem(groups, pathname, base);
  // An organization's own page stands in no list of its administration.
  const about = pathname.startsWith(`${base}/organizations/`) ? resourceNamed(meta, "organizations") : undefined;
  const rest = item ? pathname.slice(item.path.length).split("/").filter(Boolean).map(decoded) : [];
  const resource = item ? resourceNamed(meta, item.name) : undefined;
  const id = resource && rest[0] !== undefined && rest[0] !== "new" ? rest[0] : undefined;
  const loaded = useKnownObject(resource, id);
  const text = rest.join("/");

  return useMemo(() => {
    if (pathname === "/admin/profile" || pathname.startsWith("/admin/profile/")) {
      const profile = { key: "/admin/profile", label: t("shell.profile"), path: "/admin/profile" };
      const section = pathname.slice(profile.path.length + 1);
      return section === "" ? [profile] : [profile, { key: pathname, label: t(`account.sections.${section}`) }];
    }
    if (!item) return about ? [{ key: pathname, label: labels.singular(about) }] : [];
    const crumbs: Crumb[] = [{ key: item.path, label: item.label, path: item.path }];
    if (resource && text === "new")
      crumbs.push({ key: "new", label: t("actions.newTitle", { what: labels.singular(resource) }) });
    else if (resource && id !== undefined)
      crumbs.push({ key: id, label: loaded ? titleOf(resource, loaded.row) : shortId(id) });
    else {
      let key = "";
      const parts = text.split("/").filter(Boolean);
      for (const [at, part] of parts.entries()) {
        key += `/${part}`;
        // What is below a source or a table but no table itself is a page with a name, such as the advice about a source.
        const isPage = at + 1 === parts.length && (at === 1 || at === 3);
        crumbs.push({ key, label: isPage ? t(`shell.pages.${part}`, { defaultValue: part }) : part });
      }
    }
    return crumbs;
  }, [item, about, resource, id, text, loaded, labels, t, pathname]);
}

export function Breadcrumbs({ groups }: { groups: NavGroup[] }) {
  const { t } = useTranslation();
  const meta = useMeta();
  const crumbs = useCrumbs(groups);
  const words = crumbs.map((crumb) => crumb.label);
  const title = [...words].reverse().join(" · ");
  const { organization } = useSurface();
  const own = useSession().organizations?.find((one) => one.id === organization);
  const place = own?.name ?? meta.product.name;

  useEffect(() => {
    document.title = title ? `${title} · ${place}` : place;
  }, [title, place]);

  return (
    <nav aria-label={t("shell.breadcrumbs")} className={classes.wrap}>
      <ol className={classes.list}>
        {crumbs.map((crumb, at) => {
          const end = at === crumbs.length - 1;
          return (
            <li key={crumb.key} className={classes.crumb} data-end={end || undefined}>
              {at > 0 && <ChevronRight size={12} aria-hidden className={classes.mark} />}
              {crumb.path && !end ? (
                <Link to={crumb.path} className={classes.link}>
                  {crumb.label}
                </Link>
              ) : (
                <span aria-current={end ? "page" : undefined}>{crumb.label}</span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
