// The pages of the board of jobs, and the addresses under which people look for it.
import { type AnyRoute, createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

export function workPages(admin: AnyRoute): AnyRoute[] {
  const elsewhere = (path: string, href: string) =>
    createRoute({
      getParentRoute: () => admin,
      path,
      beforeLoad: () => {
        throw redirect({ href, replace: true });
      },
    });
  return [
    createRoute({
      getParentRoute: () => admin,
      path: "jobs/statistics",
      component: lazyRouteComponent(() => import("../features/work/statistics"), "StatisticsPage"),
    }),
    // Where documents of other panels look for the board.
    elsewhere("bull-board", "/admin/jobs"),
    // Where the board of jobs has them.
    elsewhere("jobs/schedules", "/admin/schedules"),
  ];
}
