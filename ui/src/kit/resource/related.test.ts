import { describe, expect, it } from "vitest";
import type { Meta, ResourceMeta } from "~/lib/meta";
import { relatedTo } from "./related";

function resource(name: string, fields: [string, string | null, boolean?][], can_read = true): ResourceMeta {
  return {
    name,
    can_read,
    fields: fields.map(([field, references, filter = true]) => ({ name: field, references, filter })),
  } as unknown as ResourceMeta;
}

describe("relatedTo", () => {
  const users = resource("users", [["name", null]]);
  const meta = {
    resources: [
      users,
      resource("memberships", [
        ["user_id", "users"],
        ["role_id", "roles"],
      ]),
      resource("invitations", [["accepted_by", "users"]]),
      resource("secrets", [["user_id", "users"]], false),
      resource("notes", [["user_id", "users", false]]),
    ],
  } as unknown as Meta;

  it("finds the collections whose objects belong to it", () => {
    expect(relatedTo(meta, users).map((one) => [one.resource.name, one.field])).toEqual([["memberships", "user_id"]]);
  });
});
