import { describe, expect, it } from "vitest";
import type { Labels } from "~/lib/labels";
import type { Meta, ResourceMeta } from "~/lib/meta";
import { beside, buildNavigation, currentItem, entriesOf } from "./navigation";

const labels = {
  group: (name: string) => name,
  page: (page: { label: string }) => page.label,
  resource: (resource: { label: string }) => resource.label,
  module: (module: { label: string }) => module.label,
} as unknown as Labels;

const resource = (name: string, group: string, can_read = true) =>
  ({ name, group, label: name, can_read }) as unknown as ResourceMeta;
const meta: Meta = {
  product: { name: "Q", version: "1", environment: "test", base_url: "http://localhost:8080" },
  modules: [{ name: "billing", label: "Billing", icon: null }],
  resources: [
    resource("users", "people"),
    resource("audit", "safety"),
    resource("invoices", "billing"),
    resource("staff", "people", false),
  ],
  pages: [
    {
      name: "tables",
      module: "explorer",
      group: "tables",
      label: "Tables",
      icon: null,
      path: "/admin/tables",
      permission: null,
      allowed: true,
    },
  ],
  settings: [],
  permissions: [],
};
const groups = buildNavigation(meta, labels, "Dashboard", "Settings");

describe("buildNavigation", () => {
  it("has only groups with something in them, in the agreed order, later modules before Safety", () => {
    expect(groups.map((group) => group.name)).toEqual(["overview", "tables", "people", "billing", "safety"]);
  });
  it("shows what isn't allowed, marked", () => {
    expect(groups.find((group) => group.name === "people")?.items.map((item) => [item.name, item.allowed])).toEqual([
      ["users", true],
      ["staff", false],
    ]);
  });
  it("gives every item a letter of its own", () => {
    const letters = groups.flatMap((group) => group.items).map((item) => item.letter);
    expect(new Set(letters).size).toBe(letters.length);
    expect(letters).not.toContain("g");
  });
});

describe("entriesOf", () => {
  const paired = (staff: boolean) =>
    buildNavigation(
      {
        ...meta,
        resources: [
          resource("sessions", "people/sessions", staff),
          resource("users", "people"),
          resource("user-sessions", "people/sessions"),
        ],
      },
      labels,
      "Dashboard",
      "Settings",
    ).find((group) => group.name === "people");
  it("makes one line of what is beside each other, named by the first", () => {
    const group = paired(true);
    if (!group) throw new Error("there is no group");
    expect(entriesOf(group).map(({ label, item }) => [label, item.path])).toEqual([
      ["sessions", "/admin/sessions"],
      ["users", "/admin/users"],
    ]);
    const [first, second] = group.items;
    if (!first || !second) throw new Error("there are no items");
    expect(beside(group, first).map((item) => item.name)).toEqual(["sessions", "user-sessions"]);
    expect(beside(group, second)).toEqual([second]);
    expect(group.items.find((item) => item.name === "user-sessions")?.letter).toBeUndefined();
  });
  it("leads to the first of them that may be opened", () => {
    const group = paired(false);
    expect(group && entriesOf(group)[0]?.item.path).toBe("/admin/user-sessions");
    expect(group && entriesOf(group)[0]?.label).toBe("sessions");
  });
});

describe("currentItem", () => {
  it("finds the page an address belongs to", () => {
    expect(currentItem(groups, "/admin/users/1")?.name).toBe("users");
    expect(currentItem(groups, "/admin")?.name).toBe("dashboard");
    expect(currentItem(groups, "/admin/")?.name).toBe("dashboard");
    expect(currentItem(groups, "/admin/usersabc")).toBeUndefined();
  });
});

describe("a page below a collection", () => {
  it("is reached from its list and found by the palette, and takes no letter", () => {
    const resource = { name: "users", label: "Users", group: "people", icon: null, can_read: true };
    const page = {
      name: "user-import",
      label: "Import",
      group: "people",
      icon: null,
      path: "/admin/users/import",
      allowed: true,
      permission: null,
    };
    const document = { resources: [resource], pages: [page], settings: [], modules: [] } as unknown as Meta;
    const items = buildNavigation(document, labels, "Dashboard", "Settings").flatMap((group) => group.items);
    const found = items.find((item) => item.name === "user-import");
    expect(found).toMatchObject({ below: "users" });
    expect(found?.letter).toBeUndefined();
  });
});
