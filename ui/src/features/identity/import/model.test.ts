import { describe, expect, it } from "vitest";
import { type Settings, usedAs, withUse } from "./model";

const settings: Settings = {
  map: { email: "Mail", name: "Name" },
  metadata: ["City"],
  existing: "refuse",
  mail: false,
};

describe("what columns are used for", () => {
  it("is one thing each", () => {
    expect(["Mail", "City", "Other"].map((column) => usedAs(settings, column))).toEqual(["email", "metadata", ""]);
    const moved = withUse(settings, "City", "name");
    expect([usedAs(moved, "City"), usedAs(moved, "Name")]).toEqual(["name", ""]);
    expect(moved.metadata).toEqual([]);
    expect(usedAs(withUse(settings, "Mail", "metadata"), "Mail")).toBe("metadata");
    expect(withUse(settings, "Mail", "").map?.email).toBeNull();
  });
});
