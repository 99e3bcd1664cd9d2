// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reloadWhenStale } from "./stale-build";

describe("a file of an old build", () => {
  const reload = vi.fn();
  const missing = () => window.dispatchEvent(new Event("vite:preloadError"));
  reloadWhenStale(reload);
  beforeEach(() => {
    sessionStorage.clear();
    reload.mockClear();
    vi.useFakeTimers({ now: 1_000_000_000 });
  });
  afterEach(() => vi.useRealTimers());

  it("reloads the page when it is missing", () => {
    missing();
    expect(reload).toHaveBeenCalledTimes(1);
  });
  it("doesn't reload again when the reload didn't help", () => {
    missing();
    missing();
    vi.advanceTimersByTime(59_000);
    missing();
    expect(reload).toHaveBeenCalledTimes(1);
  });
  it("reloads after the next upgrade", () => {
    missing();
    vi.advanceTimersByTime(3_600_000);
    missing();
    expect(reload).toHaveBeenCalledTimes(2);
  });
});
