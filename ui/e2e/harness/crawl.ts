// Walks over everything there is to press on a page.
import type { Locator, Page } from "playwright-core";
import { settled } from "./settle.ts";

interface Control {
  role: "button" | "tab" | "switch" | "checkbox" | "radio";
  name: string;
  /** Which one of several with this name. */
  nth: number;
}

const ROLES: Control["role"][] = ["button", "tab", "switch", "checkbox", "radio"];

/** What ends the walk itself. */
const LEAVE_OUT = /^(sign out|abmelden)/i;
/** Of many alike, the first ones stand for all. */
const ALIKE = 2;

/** What people could press now, in the order of the page. */
async function controlsOf(root: Locator): Promise<Control[]> {
  const controls: Control[] = [];
  const seen = new Map<string, number>();
  for (const role of ROLES) {
    const all = await root.getByRole(role).all();
    const times = new Map<string, number>();
    for (const one of all) {
      if (!(await one.isVisible()) || !(await one.isEnabled())) continue;
      const name = await nameOf(one);
      const nth = times.get(name) ?? 0;
      times.set(name, nth + 1);
      // "Select row 1", "Select row 2" … are the same control.
      const kind = `${role} ${name.replace(/\d+/g, "#")}`;
      const before = seen.get(kind) ?? 0;
      seen.set(kind, before + 1);
      if (name === "" || LEAVE_OUT.test(name) || before >= ALIKE) continue;
      controls.push({ role, name, nth });
    }
  }
  return controls;
}

async function nameOf(locator: Locator): Promise<string> {
  const snapshot = await locator.ariaSnapshot();
  return (
    /^- \w+ "((?:[^"\\]|\\.)*)"/.exec(snapshot)?.[1]?.replaceAll('\\"', '"') ??
    (/^- \w+(?:\s\[[^\]]*\])*: (.*)$/m.exec(snapshot)?.[1] ?? "").trim()
  );
}

export interface Visited {
  /** How many controls were pressed. */
  pressed: number;
  /** How many of them opened a menu or dialog. */
  opened: number;
}

/** What opens over a page. */
export const OVER = "[role=dialog]:visible, [role=menu]:visible, [role=listbox]:visible";

/**
 * Presses every control of the page at this address once, beginning anew whenever something changed.
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
  const begin = async () => {
    await page.goto("about:blank");
    await page.goto(path);
    await page.evaluate(() => localStorage.clear());
    await settled(page);
  };
  await begin();
  const start = page.url();
  const scope = (await page.locator(OVER).count()) > 0 ? page.locator(OVER).last() : page.getByRole("main");
  const root = part === "main" ? scope : page.locator("body");
  for (const control of await controlsOf(root)) {
    const target = root.getByRole(control.role, { name: control.name, exact: true }).nth(control.nth);
    if (!(await target.isVisible())) continue;
    const before = await page.locator(OVER).count();
    // Native inputs of switches and radios lie under their picture.
    const press = () => target.click({ timeout: 4_000, force: control.role !== "button" && control.role !== "tab" });
    // What opens late, because it was only then loaded, lies over the next control.
    await press().catch(async () => {
      await begin();
      await press();
    });
    visited.pressed++;
    await settled(page);
    if ((await page.locator(OVER).count()) > before) {
      visited.opened++;
      await look(`${path}, after pressing "${control.name}"`);
      await page.keyboard.press("Escape");
      await settled(page);
    }
    if (page.url() !== start || (await page.locator(OVER).count()) !== before) await begin();
  }
  return visited;
}
