// Walks over everything there is to press on a page.
import type { Locator, Page } from "playwright-core";
import { settled, turnTo } from "./settle.ts";

interface Control {
  role: "button" | "tab" | "switch" | "checkbox" | "radio";
  name: string;
  /** Which one of several with this name. */
  nth: number;
}

/** What ends the walk itself. */
const LEAVE_OUT = /^(sign out|abmelden)/i;
/** Of many alike, the first ones stand for all. */
const ALIKE = 2;

/** A control's line in the outline of a page: its role, its name as a JSON text, what state it is in. */
const LINE = /^\s*- (button|tab|switch|checkbox|radio) ("(?:[^"\\]|\\.)*")((?: \[[^\]]*\])*)/;

/** What people could press now, in the order of the page. */
async function controlsOf(root: Locator): Promise<Control[]> {
  const controls: Control[] = [];
  const times = new Map<string, number>();
  const alike = new Map<string, number>();
  const next = (counts: Map<string, number>, key: string) => {
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    return before;
  };
  for (const line of (await root.ariaSnapshot()).split("\n")) {
    // A name with a colon in it puts the whole of its key in quotes.
    const plain = line.replace(/^(\s*- )'((?:[^']|'')*)'/, (_, dash, key) => dash + key.replaceAll("''", "'"));
    const [, role, quoted, states] = LINE.exec(plain) ?? [];
    if (!role || !quoted) continue;
    const name = JSON.parse(quoted) as string;
    const nth = next(times, `${role} ${name}`);
    if (name === "" || LEAVE_OUT.test(name) || states?.includes("[disabled]")) continue;
    const control: Control = { role: role as Control["role"], name, nth };
    if (!(await find(root, control).isVisible())) continue;
    // "Select row 1", "Select row 2" … are the same control.
    if (next(alike, `${role} ${name.replace(/\d+/g, "#")}`) < ALIKE) controls.push(control);
  }
  return controls;
}

const find = (root: Locator, { role, name, nth }: Control) => root.getByRole(role, { name, exact: true }).nth(nth);

export interface Visited {
  /** How many controls were pressed. */
  pressed: number;
  /** How many of them opened a menu or dialog. */
  opened: number;
}

/** What opens over a page. */
export const OVER = "[role=dialog]:visible, [role=menu]:visible, [role=listbox]:visible";

/**
 * Presses every control of the page at this address once, going back to how it was whenever something changed.
 * Nothing inside a menu or dialog is pressed, so nothing is deleted or saved.
 * @param part the frame around all pages is walked once, their own part everywhere
 */
export async function pressEverything(
  page: Page,
  path: string,
  part: "everything" | "main",
  look: (what: string) => Promise<void>,
): Promise<Visited> {
  const visited: Visited = { pressed: 0, opened: 0 };
  /** Nothing was pressed since it was loaded. */
  let fresh = false;
  const begin = async () => {
    await page.goto("about:blank");
    await page.goto(path);
    await page.evaluate(() => localStorage.clear());
    await settled(page);
    fresh = true;
  };
  await begin();
  const start = page.url();
  const over = () => page.locator(OVER).count();
  const lying = await over();
  const scope = lying > 0 ? page.locator(OVER).last() : page.getByRole("main");
  const root = part === "main" ? scope : page.locator("body");
  for (const control of await controlsOf(root)) {
    const target = find(root, control);
    // What was pressed before may have put it away in a place that no address knows of. What isn't there then either is
    // called something else by now ("20 seconds ago").
    if (!fresh && !(await target.isVisible())) await begin();
    if (!(await target.isVisible())) continue;
    // Native inputs of switches and radios lie under their picture.
    const press = () => target.click({ timeout: 4_000, force: control.role !== "button" && control.role !== "tab" });
    // What opens late, because it was only then loaded, lies over the next control.
    await press().catch(async () => {
      await begin();
      await press();
    });
    fresh = false;
    visited.pressed++;
    await settled(page);
    if ((await over()) > lying) {
      visited.opened++;
      await look(`${path}, after pressing "${control.name}"`);
      await page.keyboard.press("Escape");
      await settled(page);
    }
    // What a page shows is in its address, so going there shows it again.
    if (page.url() !== start && new URL(page.url()).origin === new URL(start).origin) await turnTo(page, start);
    if (page.url() !== start || (await over()) !== lying) await begin();
  }
  return visited;
}
