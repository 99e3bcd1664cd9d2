import { describe, expect, it } from "vitest";
import { doorOf, isSigningIn, STAFF, safeNext, USER } from "./door";

describe("safeNext", () => {
  it("goes back to a page of the panel", () => {
    expect(safeNext("/admin/users?filter=a")).toBe("/admin/users?filter=a");
  });
  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/admin\\..\\/evil.example",
    "javascript:alert(1)",
    undefined,
    7,
  ])("never leaves the panel: %s", (next) => {
    expect(safeNext(next)).toBe("/admin");
  });
  it("doesn't end up at the sign-in page again", () => {
    expect(safeNext("/admin/login?next=/admin")).toBe("/admin");
  });
});

it("means the session of the page it is sent from", () => {
  const organization = "/dashboard/admin/0190b6c8-0000-7000-8000-000000000010/approvals";
  expect(doorOf("/session/elevations", organization)).toBe(USER);
  expect(doorOf("/session/elevations", "/admin/approvals")).toBe(STAFF);
  expect(doorOf("/session", organization)).toBe(STAFF);
  expect(doorOf("/memberships", organization)).toBe(USER);
  expect(isSigningIn("/session/elevations")).toBe(false);
  expect(isSigningIn("/session/second-factor")).toBe(true);
});
