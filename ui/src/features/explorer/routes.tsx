/** The explorer's pages, below the admin route: `/admin/tables` and one page for each table. */
import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";

export function explorerRoutes<Parent extends AnyRoute>(parent: Parent) {
  const layout = createRoute({
    getParentRoute: () => parent,
    path: "tables",
    component: lazyRouteComponent(() => import("./pages"), "ExplorerLayout"),
  });
  const index = createRoute({
    getParentRoute: () => layout,
    path: "/",
    component: lazyRouteComponent(() => import("./pages"), "TablesPage"),
  });
  const advice = createRoute({
    getParentRoute: () => layout,
    path: "$source/advice",
    component: lazyRouteComponent(() => import("./pages"), "AdvicePage"),
  });
  const table = createRoute({
    getParentRoute: () => layout,
    path: "$source/$schema/$table",
    component: lazyRouteComponent(() => import("./pages"), "OpenTable"),
  });
  return [layout.addChildren([index, advice, table])];
}
