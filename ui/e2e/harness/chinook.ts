// The Chinook music shop: 11 tables that real people know, as a database beside the panel's.
import { join } from "node:path";
import { type Panel, ROOT } from "./panel.ts";

export const CHINOOK_URL = "postgresql:///chinook";

/** Loads it into the private cluster, with the product's own psql. */
export async function loadChinook(panel: Panel): Promise<void> {
  await panel.run(["psql", "-d", "postgres", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", join(ROOT, "fixtures/chinook.sql")]);
  await panel.sql("chinook", "analyze");
}
