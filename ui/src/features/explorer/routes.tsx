/** The explorer's pages, below the admin route: `/admin/tables`, one page for each table, and the SQL console. */
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
  const diagram = createRoute({
    getParentRoute: () => layout,
    path: "$source/diagram",
    component: lazyRouteComponent(() => import("./diagram/DiagramPage"), "DiagramPage"),
  });
  const table = createRoute({
    getParentRoute: () => layout,
    path: "$source/$schema/$table",
    component: lazyRouteComponent(() => import("./pages"), "OpenTable"),
  });
  const compare = createRoute({
    getParentRoute: () => layout,
    path: "$source/$schema/$table/compare",
    component: lazyRouteComponent(() => import("./places/ComparePage"), "ComparePage"),
  });
  const sql = createRoute({
    getParentRoute: () => layout,
    path: "sql",
    component: lazyRouteComponent(() => import("./console/ConsolePage"), "ConsolePage"),
  });
  return [layout.addChildren([index, advice, diagram, sql, table, compare])];
}
