// axe-core in the page: what people with assistive technology would stumble over.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator, Page } from "playwright-core";

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

/** Serious and critical violations of WCAG 2.2 AA on the page as it is now, or within a part of it, one line each. */
export async function barriers(page: Page, part: Locator = page.locator("html")): Promise<string[]> {
  const loaded = await page.evaluate(() => "axe" in window);
  // As a text, because the page's own policy forbids scripts from elsewhere.
  if (!loaded) await page.evaluate(`${source}; undefined`);
  const found = await part.evaluate(async (element) => {
    const { axe } = window as unknown as { axe: Axe };
    const answer = await axe.run(element.parentElement ? element : document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      resultTypes: ["violations"],
    });
    return answer.violations;
  });
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
