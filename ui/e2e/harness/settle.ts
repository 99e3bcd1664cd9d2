// A page at rest: nothing is being asked of the server, nothing is a placeholder, and what came has been painted.
import type { Page, Request } from "playwright-core";
import { until } from "./deadline.ts";

const running = new WeakMap<Page, Set<Request>>();

/** Begins to count a page's requests; call it before the page goes anywhere. */
export function countRequests(page: Page): void {
  const open = new Set<Request>();
  running.set(page, open);
  page.on("request", (request) => open.add(request));
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));
}

export async function settled(page: Page): Promise<void> {
  const open = running.get(page);
  let quiet = 0;
  await until("the page is at rest", async () => {
    // Two frames: what arrived is rendered, and effects of that have asked for what they need.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const busy = (open?.size ?? 0) > 0 || (await page.locator("[aria-busy=true]").count()) > 0;
    quiet = busy ? 0 : quiet + 1;
    return quiet >= 3;
  });
}
