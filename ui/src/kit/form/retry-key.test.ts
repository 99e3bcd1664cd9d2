import { describe, expect, it } from "vitest";
import { Problem } from "~/lib/api";
import { createRetryKey } from "./retry-key";

const problem = (kind: string) => new Problem({ type: `/problems/${kind}`, title: kind, status: 0 });

describe("the retry key", () => {
  it("stays while it is unknown whether the request arrived", () => {
    const retry = createRetryKey();
    const first = retry.keyFor({ a: 1 });
    retry.failed(problem("network"));
    expect(retry.keyFor({ a: 1 })).toBe(first);
    retry.failed(problem("timeout"));
    expect(retry.keyFor({ a: 1 })).toBe(first);
  });
  it("is another one for another body", () => {
    const retry = createRetryKey();
    const first = retry.keyFor({ a: 1 });
    retry.failed(problem("network"));
    expect(retry.keyFor({ a: 2 })).not.toBe(first);
  });
  it("is another one after a clear refusal", () => {
    const retry = createRetryKey();
    const first = retry.keyFor({ a: 1 });
    retry.failed(problem("validation"));
    expect(retry.keyFor({ a: 1 })).not.toBe(first);
  });
});
