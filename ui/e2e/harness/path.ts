// A path is a file whose tests build on each other: after one fails, those behind it are skipped instead of failing too.
import { afterEach, beforeEach } from "vitest";

export function stepByStep(): void {
  let broken = false;
  beforeEach(({ skip }) => {
    if (broken) skip("an earlier step of this path failed");
  });
  afterEach(({ task }) => {
    broken ||= task.result?.state === "fail";
  });
}
