import { describe, expect, it } from "vitest";
import type { ActionMeta, ResourceMeta } from "~/lib/meta";
import { fieldsFromSchema } from "../form/schema";
import { addressToOpen, inputBody, oneTimeSecret, pathOf } from "./actions";

const resource = { name: "staff", fields: [], actions: [] } as unknown as ResourceMeta;
const action = (name: string, kind: ActionMeta["kind"]) => ({ name, kind }) as ActionMeta;

describe("pathOf", () => {
  it("leads to the object, its verb, or the collection's verb", () => {
    const row = { id: "a/b" };
    expect(pathOf(resource, action("suspend", "verb"), { kind: "one", row })).toBe("/staff/a%2Fb/suspend");
    expect(pathOf(resource, action("delete", "delete"), { kind: "one", row })).toBe("/staff/a%2Fb");
    expect(pathOf(resource, action("invite", "verb"), { kind: "none" })).toBe("/staff/invite");
    expect(pathOf(resource, action("create", "create"), { kind: "none" })).toBe("/staff");
    expect(pathOf(resource, action("delete", "delete"), { kind: "many", filter: "", expected: 1, except: [] })).toBe(
      "/staff/delete",
    );
  });
});

describe("inputBody", () => {
  const fields = fieldsFromSchema({
    properties: { name: { type: "string" }, note: { type: "string" }, sure: { type: "boolean" } },
    required: ["name", "sure"],
  });
  it("leaves untouched optional fields to the server", () => {
    expect(inputBody(fields, { name: "Ada", note: null, sure: false })).toEqual({ name: "Ada", sure: false });
  });
});

describe("oneTimeSecret", () => {
  it("finds what is shown only once", () => {
    expect(oneTimeSecret({ id: "1", link: "https://x" })).toEqual({
      kind: "link",
      value: "https://x",
      mailed: false,
      code: null,
    });
    expect(oneTimeSecret({ link: "https://x", mailed: true })?.mailed).toBe(true);
  });
  it("doesn't mistake anything else for it", () => {
    expect(oneTimeSecret({ key: "•••", token: "", link: null })).toBeNull();
    expect(oneTimeSecret(null)).toBeNull();
    expect(oneTimeSecret("link")).toBeNull();
  });
});

describe("addressToOpen", () => {
  it("is a page of this panel, and nothing elsewhere", () => {
    expect(addressToOpen({ open: "https://panel.example/admin/impersonate?code=x" })).toBe("/admin/impersonate?code=x");
    expect(addressToOpen({ open: "https://evil.example//evil.example/" })?.startsWith("/")).toBe(true);
    expect(addressToOpen({ link: "/x" })).toBeNull();
    expect(addressToOpen(null)).toBeNull();
  });
});
