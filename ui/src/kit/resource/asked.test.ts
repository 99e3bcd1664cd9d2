import { describe, expect, it } from "vitest";
import type { ActionMeta, FieldMeta, ResourceMeta } from "~/lib/meta";
import { askedOf, askedToChange } from "./asked";

const users = { name: "users" } as ResourceMeta;
const field = (name: string, more: Partial<FieldMeta> = {}) =>
  ({ name, type: "text", secret: false, ...more }) as FieldMeta;
const FIELDS = [field("email"), field("password", { type: "password" }), field("url", { secret: true })];

describe("what a form would send", () => {
  it("is a request with a command, and holds no secret", () => {
    const create = { name: "create", kind: "create" } as ActionMeta;
    const asked = askedOf(users, create, { kind: "none" }, FIELDS, {
      email: "a@b.example",
      password: "tide",
      url: "x:y@z",
    });
    expect(asked).toMatchObject({ method: "POST", path: "/users", command: ["users", "create"] });
    expect(asked.body).toEqual({ email: "a@b.example", password: "<password>", url: "<url>" });
  });
  it("says which version it changes", () => {
    const asked = askedToChange(users, "7", "3", FIELDS, { email: "c@d.example" });
    expect(asked).toMatchObject({ method: "PATCH", path: "/users/7", headers: { "If-Match": '"3"' } });
    expect(asked.command).toEqual(["users", "update", "7", "--if-match", "3"]);
  });
  it("names many by their filter", () => {
    const verb = { name: "suspend", kind: "verb" } as ActionMeta;
    const many = { kind: "many", filter: "status=eq.active", expected: 3, except: ["9"] } as const;
    const asked = askedOf(users, verb, { ...many, except: [...many.except] }, [], {});
    expect(asked.path).toBe("/users/suspend");
    expect(asked.body).toEqual({ filter: "status=eq.active", expected: 3, except: ["9"], input: {} });
  });
});
