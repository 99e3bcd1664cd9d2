// The explorer in Chromium where there is much of something: tables in a schema, bytes in a cell, rows in a table.
import { signedIn, withBrowser } from "./browser.mjs";

const TABLES = 5000;
/** Of each stretch that is scrolled. */
const FRAME_COUNT = 250;
const ROWS = Number(process.env.BENCH_GRID_ROWS ?? 100_000);
const rank = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

const LETTERS = `
create schema heavy;
create table heavy.letter (id int primary key, title text, body jsonb, raw json);
insert into heavy.letter select n, 'Letter ' || n, jsonb_build_object('n', n), '{"n": 1}' from generate_series(1, 200) n;
update heavy.letter set
  body = (select jsonb_agg(jsonb_build_object('n', n, 'text', repeat(md5(n::text), 30))) from generate_series(1, 51000) n),
  raw = (select json_agg(json_build_object('n', n, 'text', repeat(md5(n::text), 30))) from generate_series(1, 51000) n)
  where id = 3;
analyze heavy.letter;
checkpoint;
`;

/** Each transaction takes few locks: five thousand tables in one would need more than PostgreSQL has room for. */
function prepare(panel) {
  panel.sql("create schema if not exists crowded;");
  for (let from = 1; from <= TABLES; from += 500) {
    const names = Array.from({ length: 500 }, (_, n) => `table_${String(from + n).padStart(4, "0")}`);
    panel.sql(`begin; ${names.map((name) => `create table crowded.${name} (id bigint primary key, name text, size numeric, at timestamptz);`).join("\n")} commit;`);
  }
  panel.sql(LETTERS);
}

/** Counts frames in the page: when each was shown, in ms. */
const FRAMES = () => {
  const frames = [];
  const next = (now) => {
    frames.push(now);
    window.__frame = requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  window.__frames = frames;
};

async function frames(page, act) {
  await page.evaluate(FRAMES);
  const result = await act();
  const shown = await page.evaluate(() => {
    cancelAnimationFrame(window.__frame);
    return window.__frames;
  });
  return { result, gaps: shown.slice(1).map((at, n) => at - shown[n]) };
}

/** Until a table of the schema and the list of all are there: by a link of the panel, and by the address in a new window. */
async function crowded(context, panel) {
  const path = "/admin/tables/main/crowded/table_0001";
  const [inside, loaded, answers] = [[], [], []];
  const there = async (page, began) => {
    await page.getByRole("link", { name: "table_0001" }).first().waitFor();
    await page.getByText("No rows").or(page.getByRole("gridcell")).first().waitFor();
    return performance.now() - began;
  };
  for (let round = 0; round < 3; round++) {
    const page = await context.newPage();
    await page.goto("/admin");
    await page.getByRole("heading").first().waitFor();
    let began = performance.now();
    await page.evaluate((to) => window.__TSR_ROUTER__.history.push(to), path);
    inside.push(await there(page, began));
    await page.close();
    const fresh = await context.newPage();
    began = performance.now();
    await fresh.goto(path);
    loaded.push(await there(fresh, began));
    await fresh.close();
    began = performance.now();
    await (await fetch(`${panel.url}/api/v1/explorer/main/tables`, { headers: { Authorization: `Bearer ${panel.key}` } })).arrayBuffer();
    answers.push(performance.now() - began);
  }
  const [shown, whole, answer] = [inside, loaded, answers].map((times) => rank(times, 0.5));
  return {
    name: `a schema of ${TABLES.toLocaleString("en")} tables opens`, met: shown <= 1000, milliseconds: shown, loaded: whole, answer,
    text: `${shown.toFixed(0)} ms until a table and the list of all are there (bar 1,000), ${whole.toFixed(0)} ms with the page loaded anew, the list alone ${answer.toFixed(0)} ms`,
  };
}

/** The grid on a table in which one row has 50 MB of JSON, twice. */
async function heavy(context, panel) {
  const page = await context.newPage();
  await page.goto("/admin/tables/main/public/customer");
  await page.getByRole("gridcell").first().waitFor();
  const began = performance.now();
  const { gaps } = await frames(page, async () => {
    await page.evaluate((to) => window.__TSR_ROUTER__.history.push(to), "/admin/tables/main/heavy/letter");
    await page.getByText("Letter 3", { exact: true }).first().waitFor();
    for (let n = 0; n < 10; n++) {
      await page.mouse.move(900, 500);
      await page.mouse.wheel(0, 400);
      await page.waitForTimeout(50);
    }
  });
  const opened = performance.now() - began - 500;
  const bytes = (await (await fetch(`${panel.url}/api/v1/data/main/letter?limit=100`, { headers: { Authorization: `Bearer ${panel.key}`, "Accept-Profile": "heavy", Prefer: "shorten=2048" } })).arrayBuffer()).byteLength;
  await page.close();
  const most = Math.max(...gaps);
  return {
    name: "the grid with a JSON cell of 50 MB", met: most <= 200, longestFrame: most, milliseconds: opened, bytes,
    text: `longest frame ${most.toFixed(0)} ms while it opens and scrolls (bar 200), rows after ${opened.toFixed(0)} ms, ${(bytes / 1024).toFixed(0)} KB from the server`,
  };
}

/** The grid moved by eight rows in each frame, for so many frames; the time between frames in ms. */
function roll(page, count) {
  return page.evaluate(async (count) => {
    const grid = document.querySelector("[role=grid]");
    const gaps = [];
    let before = await new Promise(requestAnimationFrame);
    for (let n = 0; n < count; n++) {
      grid.scrollTop += 256;
      const now = await new Promise(requestAnimationFrame);
      gaps.push(now - before);
      before = now;
    }
    return gaps;
  }, count);
}

/** Goes to the end of what is loaded until so many rows are; then scrolls at the beginning, in the middle and before the end. */
async function scrolled(context) {
  const page = await context.newPage();
  await page.goto("/admin/tables/main/public/customer");
  await page.getByRole("gridcell").first().waitFor();
  await page.waitForTimeout(1000);
  const loading = await roll(page, FRAME_COUNT);
  const began = performance.now();
  const reached = await page.evaluate(async (rows) => {
    const grid = document.querySelector("[role=grid]");
    const last = () => Math.max(...[...grid.querySelectorAll("[role=row][aria-rowindex]")].map((row) => Number(row.getAttribute("aria-rowindex"))));
    const until = performance.now() + 240_000;
    while (last() < rows && performance.now() < until) {
      grid.scrollTop = grid.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return last() - 1;
  }, ROWS);
  const seconds = (performance.now() - began) / 1000;
  const gaps = [];
  for (const part of [0, 0.5, 0.95]) {
    await page.evaluate((part) => {
      const grid = document.querySelector("[role=grid]");
      grid.scrollTop = grid.scrollHeight * part;
    }, part);
    await page.waitForTimeout(500);
    gaps.push(...(await roll(page, FRAME_COUNT)));
  }
  await page.close();
  const rate = (values) => values.length / (values.reduce((a, b) => a + b, 0) / 1000);
  return {
    name: `scrolling through ${ROWS.toLocaleString("en")} rows`, met: reached >= ROWS && rate(gaps) >= 55, perSecond: rate(gaps), whileLoading: rate(loading), p99: rank(gaps, 0.99), reached, seconds,
    text: `${rate(gaps).toFixed(1)} frames/s (bar 55) at eight rows a frame, 99 of 100 within ${rank(gaps, 0.99).toFixed(0)} ms; ${rate(loading).toFixed(1)} while pages are still loaded; ${reached.toLocaleString("en")} rows loaded in ${seconds.toFixed(0)} s`,
  };
}

/** Rows of the report. */
export async function grids(panel) {
  prepare(panel);
  return withBrowser(async (browser) => {
    const context = await signedIn(browser, panel);
    return [await crowded(context, panel), await heavy(context, panel), await scrolled(context)];
  });
}
