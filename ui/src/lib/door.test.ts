import { describe, expect, it } from "vitest";
import { safeNext } from "./door";

describe("safeNext", () => {
  it("goes back to a page of the panel", () => {
    expect(safeNext("/admin/users?filter=a")).toBe("/admin/users?filter=a");
  });
  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", undefined, 7])(
    "never leaves the panel: %s",
    (next) => {
      expect(safeNext(next)).toBe("/admin");
    },
  );
  it("doesn't end up at the sign-in page again", () => {
    expect(safeNext("/admin/login?next=/admin")).toBe("/admin");
  });
});
