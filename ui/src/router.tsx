// All addresses of the panel. The answer of GET /session decides who may see which.
import type { QueryClient } from "@tanstack/react-query";
import {
  type AnyRoute,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { explorerRoutes } from "./features/explorer/routes";
import { prefer } from "./lib/acting";
import { safeNext, USER } from "./lib/door";
import { metaQuery } from "./lib/meta";
import { currentOrganization } from "./lib/organizations";
import { one, parseSearch, stringifySearch } from "./lib/search-params";
import { enter, type Session, sessionOf as sessionAt, sessionQuery } from "./lib/session";
import { PLATFORM, portalFor } from "./lib/surface";
import { anyOrganization, organizationRoutes } from "./routes/organization";
import { addressOf, type Context, signedInUser } from "./routes/session";
import { sharedPages } from "./routes/shared";
import { workPages } from "./routes/work";
import { Booting, Crashed, NoSuchPage, NoSuchPageAtAll } from "./shell/fallbacks";
import { Root } from "./shell/root";
import { Shell } from "./shell/shell";

const root = createRootRouteWithContext<Context>()({ component: Root, notFoundComponent: NoSuchPageAtAll });

/** How a visit to a sign-in provider ended. */
interface Visit {
  sso?: string;
  provider?: string;
}

function visitOf(search: Record<string, unknown>): Visit {
  return {
    sso: typeof search.sso === "string" ? search.sso : undefined,
    provider: typeof search.provider === "string" ? search.provider : undefined,
  };
}

/** The session as it is now; asked for once, then kept by the cache. */
function sessionOf(context: Context): Promise<Session> {
  return context.client.ensureQueryData(sessionQuery);
}

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/admin", replace: true });
  },
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/admin/login",
  validateSearch: (search: Record<string, unknown>): { next?: string; reset?: string } & Visit => ({
    next: typeof search.next === "string" ? search.next : undefined,
    reset: typeof search.reset === "string" ? search.reset : undefined,
    ...visitOf(search),
  }),
  beforeLoad: async ({ context, search }) => {
    const session = await sessionOf(context);
    if (session.state === "setup_needed") throw redirect({ to: "/admin/setup", replace: true });
    if (session.state === "signed_in") throw redirect({ to: safeNext(search.next), replace: true });
  },
  component: lazyRouteComponent(() => import("./features/identity/sign-in"), "SignIn"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/admin/setup",
  beforeLoad: async ({ context }) => {
    const session = await sessionOf(context);
    if (session.state !== "setup_needed") throw redirect({ to: "/admin", replace: true });
  },
  component: lazyRouteComponent(() => import("./features/identity/setup"), "Setup"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/auth/staff-invite",
  // Known before the page begins: one that has to wait for it would begin anew, without the token that it took out of the address.
  beforeLoad: async ({ context }) => void (await sessionOf(context)),
  component: lazyRouteComponent(() => import("./features/identity/invitation"), "Invitation"),
});

const userInvitation = createRoute({
  getParentRoute: () => root,
  path: "/auth/invite",
  component: lazyRouteComponent(() => import("./features/identity/invitation"), "UserInvitation"),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/auth/reset",
  validateSearch: (search: Record<string, unknown>): { for?: "staff" } =>
    search.for === "staff" ? { for: "staff" } : {},
  component: lazyRouteComponent(() => import("./features/identity/reset"), "Reset"),
});

const proved = createRoute({
  getParentRoute: () => root,
  path: "/auth/proved",
  validateSearch: visitOf,
  component: lazyRouteComponent(() => import("./features/identity/sso/proved"), "ProvedPage"),
});

const register = createRoute({
  getParentRoute: () => root,
  path: "/auth/register",
  beforeLoad: async ({ context }) => {
    const session = await context.client.ensureQueryData(sessionAt(USER));
    if (session.state === "signed_in") throw redirect({ to: "/dashboard", replace: true });
  },
  component: lazyRouteComponent(() => import("./features/identity/hosted/register"), "Register"),
});

/** Without a token this address is not a page but what reverse proxies ask. */
const verify = createRoute({
  getParentRoute: () => root,
  path: "/auth/verify",
  component: lazyRouteComponent(() => import("./features/identity/hosted/verify"), "Verify"),
});

const magicLink = createRoute({
  getParentRoute: () => root,
  path: "/auth/magic",
  component: lazyRouteComponent(() => import("./features/identity/hosted/magic-link"), "MagicLink"),
});

/** What was done before somebody came to sign in. */
const DONE = ["reset", "confirmed", "registered"] as const;

const userLogin = createRoute({
  getParentRoute: () => root,
  path: "/auth/login",
  validateSearch: (search: Record<string, unknown>): { return_to?: string; done?: (typeof DONE)[number] } & Visit => ({
    return_to: typeof search.return_to === "string" ? search.return_to : undefined,
    ...visitOf(search),
    done: DONE.find((one) => one === search.done),
  }),
  beforeLoad: async ({ context, search }) => {
    const session = await context.client.ensureQueryData(sessionAt(USER));
    if (session.state === "signed_in") throw redirect({ to: safeNext(search.return_to, USER), replace: true });
  },
  component: lazyRouteComponent(() => import("./features/identity/portal/sign-in"), "UserSignIn"),
});

/** The frame of app users; whoever isn't signed in comes back here afterwards. */
const portal = createRoute({
  getParentRoute: () => root,
  id: "portal",
  beforeLoad: async ({ context, location, preload }) => {
    const session = await signedInUser(context, location);
    if (!preload) enter(context.client, portalFor(currentOrganization(session)));
  },
  component: lazyRouteComponent(() => import("./features/identity/portal/frame"), "PortalFrame"),
});

const portalHome = createRoute({
  getParentRoute: () => portal,
  path: "/dashboard",
  beforeLoad: ({ search, preload }) => {
    const wanted = one(search, "organization");
    if (wanted === undefined || preload) return;
    // A letter leads to one of several organizations; from here on it is chosen like any other.
    prefer(wanted);
    throw redirect({ to: "/dashboard", replace: true });
  },
  component: lazyRouteComponent(() => import("./features/identity/portal/home"), "PortalHome"),
});

/** One's own account: for app users in their frame, for staff below the profile of the administration. */
const account = createRoute({
  getParentRoute: () => portal,
  path: "/account",
  component: lazyRouteComponent(() => import("./features/identity/account/layout"), "UserAccount"),
});

const accountProfile = createRoute({
  getParentRoute: () => account,
  path: "/",
  component: lazyRouteComponent(() => import("./features/identity/account/profile-page"), "ProfilePage"),
});

const accountPassword = createRoute({
  getParentRoute: () => account,
  path: "password",
  component: lazyRouteComponent(() => import("./features/identity/account/password-page"), "PasswordPage"),
});

const accountSecurity = createRoute({
  getParentRoute: () => account,
  path: "security",
  component: lazyRouteComponent(() => import("./features/identity/account/security-page"), "SecurityPage"),
});

const accountSessions = createRoute({
  getParentRoute: () => account,
  path: "sessions",
  component: lazyRouteComponent(() => import("./features/identity/account/sessions-page"), "SessionsPage"),
});

const accountOrganizations = createRoute({
  getParentRoute: () => account,
  path: "organizations",
  component: lazyRouteComponent(() => import("./features/identity/account/organizations-page"), "OrganizationsPage"),
});

const accountKeys = createRoute({
  getParentRoute: () => account,
  path: "keys",
  component: lazyRouteComponent(() => import("./features/identity/account/keys-page"), "KeysPage"),
});

const accountNewKey = createRoute({
  getParentRoute: () => account,
  path: "keys/new",
  component: lazyRouteComponent(() => import("./features/identity/account/new-key-page"), "NewKeyPage"),
});

const accountKey = createRoute({
  getParentRoute: () => account,
  path: "keys/$key",
  component: lazyRouteComponent(() => import("./features/identity/account/key-page"), "KeyPage"),
});

const impersonate = createRoute({
  getParentRoute: () => root,
  path: "/admin/impersonate",
  beforeLoad: async ({ context }) => {
    const session = await sessionOf(context);
    if (session.state !== "signed_in") throw redirect({ to: "/admin/login", replace: true });
  },
  component: lazyRouteComponent(() => import("./features/identity/portal/impersonate"), "Impersonate"),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  beforeLoad: async ({ context, location, preload }) => {
    const session = await sessionOf(context);
    if (session.state === "setup_needed") throw redirect({ to: "/admin/setup", replace: true });
    if (session.state !== "signed_in") {
      const here = addressOf(location);
      throw redirect({ to: "/admin/login", search: here === "/admin" ? {} : { next: here }, replace: true });
    }
    if (preload) return;
    enter(context.client, PLATFORM);
    await context.client.ensureQueryData(metaQuery);
  },
  component: Shell,
  // An address below /admin that leads nowhere still stands in the frame.
  notFoundComponent: NoSuchPage,
});

const dashboard = createRoute({
  getParentRoute: () => admin,
  path: "/",
  component: lazyRouteComponent(() => import("./features/overview/dashboard"), "Dashboard"),
});

const settings = createRoute({
  getParentRoute: () => admin,
  path: "settings",
  component: lazyRouteComponent(() => import("./features/settings/settings"), "Settings"),
});

const mail = createRoute({
  getParentRoute: () => admin,
  path: "mail",
  component: lazyRouteComponent(() => import("./features/mail/mail"), "MailPage"),
});

const security = createRoute({
  getParentRoute: () => admin,
  path: "security",
  component: lazyRouteComponent(() => import("./features/identity/security/platform"), "SecurityPage"),
});

const profile = createRoute({
  getParentRoute: () => admin,
  path: "profile",
  component: lazyRouteComponent(() => import("./features/identity/account/layout"), "StaffAccount"),
});

const profileStart = createRoute({
  getParentRoute: () => profile,
  path: "/",
  component: lazyRouteComponent(() => import("./features/identity/account/profile-page"), "ProfilePage"),
});

const profilePassword = createRoute({
  getParentRoute: () => profile,
  path: "password",
  component: lazyRouteComponent(() => import("./features/identity/account/password-page"), "PasswordPage"),
});

const profileSecurity = createRoute({
  getParentRoute: () => profile,
  path: "security",
  component: lazyRouteComponent(() => import("./features/identity/account/security-page"), "SecurityPage"),
});

const profileSessions = createRoute({
  getParentRoute: () => profile,
  path: "sessions",
  component: lazyRouteComponent(() => import("./features/identity/account/sessions-page"), "SessionsPage"),
});

const userImport = createRoute({
  getParentRoute: () => admin,
  path: "users/import",
  component: lazyRouteComponent(() => import("./features/identity/import/import-page"), "ImportPage"),
});

export function createPanelRouter(client: QueryClient) {
  // Its addresses are typed inside the feature; here they are routes like any other.
  const explorer: AnyRoute[] = explorerRoutes(admin);
  const adminTree = admin.addChildren([
    dashboard,
    settings,
    mail,
    security,
    userImport,
    profile.addChildren([profileStart, profilePassword, profileSecurity, profileSessions]),
    ...explorer,
    ...workPages(admin),
    ...sharedPages(admin),
  ]);
  return createRouter({
    routeTree: root.addChildren([
      home,
      login,
      setup,
      invitation,
      userInvitation,
      reset,
      register,
      verify,
      magicLink,
      userLogin,
      proved,
      portal.addChildren([
        portalHome,
        anyOrganization(portal),
        account.addChildren([
          accountProfile,
          accountPassword,
          accountSecurity,
          accountSessions,
          accountOrganizations,
          accountKeys,
          accountNewKey,
          accountKey,
        ]),
      ]),
      organizationRoutes(root),
      impersonate,
      adminTree,
    ]),
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: Booting,
    defaultPendingMs: 300,
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: NoSuchPageAtAll,
    scrollRestoration: false,
  });
}

export type PanelRouter = ReturnType<typeof createPanelRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: PanelRouter;
  }
}
