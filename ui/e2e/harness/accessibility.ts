// axe-core in the page: what people with assistive technology would stumble over.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator, Page } from "playwright-core";
import { settled } from "./settle.ts";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Found {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

interface Axe {
  run: (root: Document | Element, options: object) => Promise<{ violations: Found[] }>;
}

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** The rules whose answer another set of colours may change. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/** Serious and critical violations of WCAG 2.2 AA on the page as it is now, or within a part of it, one line each. */
export async function barriers(page: Page, part: Locator = page.locator("html")): Promise<string[]> {
  return broken(page, part, WCAG);
}

/** What names an element to others, and where it lies: both differ from one time to the next. */
const FLEETING = /\s(?:id|for|aria-\w+|style|data-[\w-]+)="[^"]*?(?:mantine-|«|:r|_r_|px)[^"]*"/g;

/** Remembers what was looked at: a menu that many pages share is asked about once. */
export class LookedAt {
  #seen = new Set<string>();

  /** As {@link barriers}, of a part that nobody has seen yet; else nothing. */
  async barriers(page: Page, part: Locator): Promise<string[]> {
    const html = (await part.evaluate((element) => element.outerHTML)).replace(FLEETING, "");
    if (this.#seen.has(html)) return [];
    this.#seen.add(html);
    return barriers(page, part);
  }
}

/**
 * {@link barriers} in light and dark. What is the same to the letter in both is asked only about its colours the second time,
 * which takes a fraction of it.
 */
export async function barriersInBoth(page: Page): Promise<Record<"light" | "dark", string[]>> {
  const turn = async (colorScheme: "light" | "dark") => {
    await page.emulateMedia({ colorScheme });
    // The page hears of it a moment later.
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor({ state: "attached" });
    await settled(page);
    return page.locator("body").evaluate((body) => body.outerHTML);
  };
  const before = await turn("light");
  const light = await barriers(page);
  const same = (await turn("dark")) === before;
  const dark = await broken(page, page.locator("html"), same ? COLOURS : WCAG);
  return { light, dark };
}

/** `rules` are names of rules or of groups of them. */
async function broken(page: Page, part: Locator, rules: string[]): Promise<string[]> {
  const loaded = await page.evaluate(() => "axe" in window);
  // As a text, because the page's own policy forbids scripts from elsewhere.
  if (!loaded) await page.evaluate(`${source}; undefined`);
  const found = await part.evaluate(async (element, runOnly) => {
    const { axe } = window as unknown as { axe: Axe };
    const options = { runOnly, resultTypes: ["violations"] };
    return (await axe.run(element.parentElement ? element : document, options)).violations;
  }, rules);
  return found
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => {
      const nodes = one.nodes.slice(0, 3).map((node) => {
        const why = node.failureSummary?.split("\n")[1]?.trim() ?? "";
        return `${node.target.join(" ")} (${why})`;
      });
      return `${one.id}: ${one.help}: ${nodes.join(" | ")}${one.nodes.length > 3 ? ` and ${one.nodes.length - 3} more` : ""}`;
    });
}

/** How far the page is wider than the window, in CSS pixels, and what sticks out most. */
export async function overflow(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    let widest: Element | null = null;
    for (const element of document.querySelectorAll("body *")) {
      if (element.getBoundingClientRect().right > (widest?.getBoundingClientRect().right ?? clientWidth))
        widest = element;
    }
    return `${scrollWidth - clientWidth} px too wide, by <${widest?.tagName.toLowerCase()} class="${widest?.className}">`;
  });
}
