// Where organizations are administered by their own people: one organization is in the address, or the last one is meant.
import { type AnyRoute, createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { USER } from "~/lib/door";
import { metaQuery } from "~/lib/meta";
import { administeredOrganization } from "~/lib/organizations";
import { enter, sessionOf } from "~/lib/session";
import { administrationOf, isId, ORGANIZATIONS } from "~/lib/surface";
import { NoSuchPage } from "~/shell/fallbacks";
import { addressOf, type Context, signedInUser } from "./session";
import { sharedPages } from "./shared";

/** Without an organization in the address: the one they were in last, or what to do to get into one. */
export function anyOrganization(portal: AnyRoute): AnyRoute {
  return createRoute({
    getParentRoute: () => portal,
    path: ORGANIZATIONS,
    beforeLoad: async ({ context, location }) => {
      const organization = administeredOrganization(await signedInUser(context, location));
      if (organization !== null) throw redirect({ to: administrationOf(organization).base, replace: true });
    },
    component: lazyRouteComponent(() => import("../features/identity/portal/home"), "PortalHome"),
  });
}

/** The administration of one organization, which is in the address so that links, reloads and the way back keep it. */
export function organizationRoutes(root: AnyRoute): AnyRoute {
  const organization = createRoute({
    getParentRoute: () => root,
    path: `${ORGANIZATIONS}/$organization`,
    beforeLoad: async ({ context, location, params, preload }) => {
      const { client } = context as Context;
      const session = await signedInUser(context, location);
      if (!isId(params.organization)) {
        // An address of the administration as documents print it: the page in the organization they were in last.
        const here = administeredOrganization(session);
        const rest = addressOf(location).slice(ORGANIZATIONS.length);
        throw redirect({
          href: here === null ? ORGANIZATIONS : `${administrationOf(here).base}${rest}`,
          replace: true,
        });
      }
      if (preload) return;
      enter(client, administrationOf(params.organization));
      const there = await client.ensureQueryData(sessionOf(USER, params.organization));
      const administers = there.organizations?.some((one) => one.id === params.organization && one.administers);
      if (administers) await client.ensureQueryData(metaQuery);
    },
    component: lazyRouteComponent(() => import("../features/identity/organization/gate"), "OrganizationGate"),
  });
  const organizationFrame = createRoute({
    getParentRoute: () => organization,
    id: "frame",
    component: lazyRouteComponent(() => import("../features/identity/organization/frame"), "OrganizationFrame"),
    notFoundComponent: NoSuchPage,
  });
  const pages = [
    createRoute({
      getParentRoute: () => organizationFrame,
      path: "/",
      component: lazyRouteComponent(() => import("../features/identity/organization/overview"), "OrganizationOverview"),
    }),
    createRoute({
      getParentRoute: () => organizationFrame,
      path: "security",
      component: lazyRouteComponent(() => import("../features/identity/security/organization"), "OrganizationSecurity"),
    }),
  ];
  return organization.addChildren([organizationFrame.addChildren([...pages, ...sharedPages(organizationFrame)])]);
}
