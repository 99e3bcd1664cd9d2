// After a failed test: pictures of what was on screen.
import { afterEach } from "vitest";
import { picturesOfOpenPages } from "./browser.ts";

afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const file of await picturesOfOpenPages(task.name)) process.stderr.write(`picture: ${file}\n`);
});
