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

const PLACEHOLDERS =
  "[aria-busy=true], [role=status][aria-label=Loading], .mantine-Skeleton-root, .mantine-Loader-root";

export async function settled(page: Page): Promise<void> {
  const open = running.get(page) ?? new Set<Request>();
  let quiet = 0;
  let waiting = "";
  const rest = until("The page is at rest", async () => {
    // Two frames: what arrived is rendered, and effects of that have asked for what they need.
    const shown = await page.evaluate(async (placeholders) => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      if (!document.querySelector("h1, main [role=alert], main [role=status]")) return "nothing on the page";
      return document.querySelector(placeholders)?.outerHTML.slice(0, 200) ?? "";
    }, PLACEHOLDERS);
    waiting = [shown, ...[...open].map((request) => request.url())].filter(Boolean).join(", ");
    quiet = waiting === "" ? quiet + 1 : 0;
    return quiet >= 3;
  });
  await rest.catch((error: Error) => {
    throw new Error(`${error.message}; ${page.url()} waits for ${waiting}`);
  });
}
