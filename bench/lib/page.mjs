// What the browser has to load before the first page stands, and how long that takes.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

const ui = new URL("../../ui/", import.meta.url);
const { chromium } = createRequire(ui)("playwright-core");

/** Scripts that index.html names, gzipped. */
function firstLoad() {
  const html = readFileSync(new URL("dist/index.html", ui), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
  return scripts.reduce((sum, path) => sum + gzipSync(readFileSync(new URL(`dist/${path}`, ui)), { level: 9 }).length, 0) / 1024;
}

function executable() {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => {
    try {
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

export async function pageLoad(panel) {
  const kilobytes = firstLoad();
  const rows = [{ name: "first-load JavaScript, gzipped", met: kilobytes <= 350, kilobytes, text: `${kilobytes.toFixed(0)} KB (bar 350 KB)` }];
  const browser = await chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  try {
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
  } finally {
    await browser.close();
  }
  return rows;
}
