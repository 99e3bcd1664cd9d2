// What the browser has to load before the first page stands, and how long that takes.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { ui, withBrowser } from "./browser.mjs";

/** Scripts that index.html names, gzipped. */
function firstLoad() {
  const html = readFileSync(new URL("dist/index.html", ui), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
  return scripts.reduce((sum, path) => sum + gzipSync(readFileSync(new URL(`dist/${path}`, ui)), { level: 9 }).length, 0) / 1024;
}

export async function pageLoad(panel) {
  const kilobytes = firstLoad();
  const rows = [{ name: "first-load JavaScript, gzipped", met: kilobytes <= 350, kilobytes, text: `${kilobytes.toFixed(0)} KB (bar 350 KB)` }];
  await withBrowser(async (browser) => {
    const times = [];
    for (let i = 0; i < 3; i++) {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${panel.url}/admin/login`, { waitUntil: "networkidle" });
      times.push(
        await page.evaluate(
          () =>
            new Promise((resolve) => {
              new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true });
            }),
        ),
      );
    }
    const paint = times.sort((a, b) => a - b)[1];
    rows.push({ name: "largest contentful paint on loopback", met: paint <= 1000, milliseconds: paint, text: `${paint.toFixed(0)} ms (bar 1,000 ms)` });
  });
  return rows;
}
