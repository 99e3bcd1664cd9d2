// The pages that the administration of the platform and that of an organization have both.
import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { NoSuchPage } from "~/shell/fallbacks";

/**
 * The pages that the platform and an organization both have. Their addresses are below the frame they stand in; what
 * they show follows from the part of the panel they are in.
 */
export function sharedPages(frame: AnyRoute): AnyRoute[] {
  const page = (path: string, component: ReturnType<typeof lazyRouteComponent>) =>
    createRoute({ getParentRoute: () => frame, path, component });
  return [
    page(
      "audit",
      lazyRouteComponent(() => import("../features/safety/audit"), "AuditLog"),
    ),
    page(
      "roles/new",
      lazyRouteComponent(() => import("../features/identity/roles/role-page"), "NewRolePage"),
    ),
    page(
      "roles/$id",
      lazyRouteComponent(() => import("../features/identity/roles/role-page"), "RolePage"),
    ),
    page(
      "organizations/new",
      lazyRouteComponent(() => import("../features/identity/limits/organization-page"), "NewOrganizationPage"),
    ),
    page(
      "organizations/$id",
      lazyRouteComponent(() => import("../features/identity/limits/organization-page"), "OrganizationPage"),
    ),
    page(
      "permissions",
      lazyRouteComponent(() => import("../features/identity/explain/explain-page"), "ExplainPage"),
    ),
    page(
      "approvals",
      lazyRouteComponent(() => import("../features/identity/elevation/approvals"), "ApprovalsPage"),
    ),
    page(
      "elevations/new",
      lazyRouteComponent(() => import("../features/identity/elevation/ask"), "AskPage"),
    ),
    page(
      "identity-providers/new",
      lazyRouteComponent(() => import("../features/identity/sso/provider-page"), "NewProviderPage"),
    ),
    page(
      "identity-providers/$id",
      lazyRouteComponent(() => import("../features/identity/sso/provider-page"), "ProviderPage"),
    ),
    page(
      "schema-changes/$id",
      lazyRouteComponent(() => import("../features/explorer/structure/ChangePage"), "ChangePage"),
    ),
    page(
      "schedules/$id",
      lazyRouteComponent(() => import("../features/work/schedules/schedule-page"), "SchedulePage"),
    ),
    page(
      "v/$slug",
      lazyRouteComponent(() => import("../kit/views/OpenView"), "OpenView"),
    ),
    page(
      "jobs",
      lazyRouteComponent(() => import("../features/work/jobs"), "JobsPage"),
    ),
    page(
      "jobs/new",
      lazyRouteComponent(() => import("../features/work/begin"), "BeginPage"),
    ),
    page(
      "jobs/$id",
      lazyRouteComponent(() => import("../features/work/job"), "JobPage"),
    ),
    page(
      "$collection",
      lazyRouteComponent(() => import("../kit/resource/pages"), "CollectionList"),
    ),
    page(
      "$collection/new",
      lazyRouteComponent(() => import("../kit/resource/pages"), "CollectionCreate"),
    ),
    page(
      "$collection/$id",
      lazyRouteComponent(() => import("../kit/resource/pages"), "CollectionDetail"),
    ),
    // Whatever else somebody types: said inside the frame, so that the way on is there.
    createRoute({ getParentRoute: () => frame, path: "$", component: NoSuchPage }),
  ];
}
