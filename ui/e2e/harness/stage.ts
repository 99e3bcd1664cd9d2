// What nearly every path stands on: a panel of its own, a browser, and its owner signed in.
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { launch } from "./browser.ts";
import { Panel } from "./panel.ts";
import { makeOwner, signedIn } from "./people.ts";

export interface Stage {
  panel: Panel;
  browser: Browser;
  owner: BrowserContext;
}

/** Is there from the first `beforeAll` behind this call on, until all tests of the file are done. */
export function setStage(name: string): Stage {
  const stage: Partial<Stage> = {};
  beforeAll(async () => {
    stage.panel = await Panel.start(name);
    stage.browser = await launch();
    await makeOwner(stage.panel);
    stage.owner = await signedIn(stage.browser, stage.panel);
  });
  afterAll(async () => {
    await stage.browser?.close();
    await stage.panel?.stop();
  });
  return stage as Stage;
}
