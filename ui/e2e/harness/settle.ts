// A page at rest: nothing is being asked of the server, nothing is a placeholder, and what came has been painted.
import type { Page, Request } from "playwright-core";
import { until } from "./deadline.ts";

interface Requests {
  open: Set<Request>;
  /** How many there were. */
  begun: number;
}

const of = new WeakMap<Page, Requests>();

/** Begins to count a page's requests; call it before the page goes anywhere. */
export function countRequests(page: Page): void {
  const requests: Requests = { open: new Set(), begun: 0 };
  of.set(page, requests);
  page.on("request", (request) => {
    // A stream that never ends is not waited for.
    if (new URL(request.url()).pathname.endsWith("/live")) return;
    requests.open.add(request);
    requests.begun++;
  });
  page.on("requestfinished", (request) => requests.open.delete(request));
  page.on("requestfailed", (request) => requests.open.delete(request));
}

/** What the panel's router, which lays itself there, tells of itself. */
interface Routed {
  __TSR_ROUTER__?: {
    history: { push: (href: string, state: object, options: { ignoreBlocker: boolean }) => void };
    state: { isLoading: boolean; location: { href: string }; resolvedLocation?: { href: string } };
  };
}

const PLACEHOLDERS =
  "[aria-busy=true], [role=status][aria-label=Loading], .mantine-Skeleton-root, .mantine-Loader-root";
/** So many frames in a row without a change: what arrived is rendered, and effects of that have asked for what they need. */
const STILL = 4;
/** After so many it is said that a page doesn't come to rest. */
const FRAMES = 60;

/** What a page is still busy with; an empty text when it is at rest. */
function busyWith(page: Page): Promise<string> {
  return page.evaluate(
    async ({ placeholders, still, most }) => {
      let quiet = 0;
      const changes = new MutationObserver(() => {
        quiet = -1;
      });
      changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      const moves = () =>
        document
          .getAnimations()
          .some((one) => one.playState === "running" && one.effect?.getComputedTiming().endTime !== Infinity);
      for (let frame = 0; quiet < still && frame < most; frame++) {
        await new Promise((done) => requestAnimationFrame(done));
        quiet = moves() ? 0 : quiet + 1;
      }
      changes.disconnect();
      if (quiet < still) return "something that goes on changing";
      const router = (window as Routed).__TSR_ROUTER__?.state;
      if (router && (router.isLoading || router.resolvedLocation?.href !== router.location.href))
        return `the way to ${router.location.href}`;
      if (!document.querySelector("h1, main [role=alert], main [role=status]")) return "nothing on the page";
      return document.querySelector(placeholders)?.outerHTML.slice(0, 200) ?? "";
    },
    { placeholders: PLACEHOLDERS, still: STILL, most: FRAMES },
  );
}

export async function settled(page: Page): Promise<void> {
  const requests = of.get(page) ?? { open: new Set(), begun: 0 };
  let waiting = "";
  const rest = until("The page is at rest", async () => {
    const { begun } = requests;
    const asked = requests.open.size > 0;
    const shown = await busyWith(page);
    waiting = [shown, ...[...requests.open].map((request) => request.url())].filter(Boolean).join(", ");
    return waiting === "" && !asked && begun === requests.begun;
  });
  await rest.catch((error: Error) => {
    throw new Error(`${error.message}; ${page.url()} waits for ${waiting}`);
  });
}

/** Goes to an address as a link of the panel does, without loading everything anew. */
export async function turnTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    const router = (window as Routed).__TSR_ROUTER__;
    if (!router) throw new Error("This page is none of the panel's");
    router.history.push(to, {}, { ignoreBlocker: true });
  }, path);
  await settled(page);
}
