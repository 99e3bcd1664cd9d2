import { cleanup, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CreateButton } from "~/kit/resource/create-page";
import { createQueryClient } from "~/providers";
import { api } from "./api";
import { metaQuery, type ResourceMeta } from "./meta";
import { enter, sessionOf } from "./session";
import { administrationOf, isId, PLATFORM, portalFor, SurfaceContext } from "./surface";
import { renderPiece, serve } from "./test-render";

const OURS = "0190b6c8-0000-7000-8000-000000000010";
const THEIRS = "0190b6c8-0000-7000-8000-000000000011";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  enter(createQueryClient(), PLATFORM);
  window.history.replaceState(null, "", "/");
});

describe("entering a part of the panel", () => {
  it("forgets what was read in another organization, and keeps who is signed in", () => {
    const client = createQueryClient();
    enter(client, administrationOf(OURS));
    client.setQueryData(["list", "memberships", []], "ours");
    client.setQueryData(sessionOf(administrationOf(OURS).door).queryKey, { state: "signed_in" });
    client.setQueryData(sessionOf(administrationOf(OURS).door, OURS).queryKey, {
      state: "signed_in",
      permissions: ["a:b"],
    });

    enter(client, administrationOf(OURS));
    expect(client.getQueryData(["list", "memberships", []])).toBe("ours");

    enter(client, administrationOf(THEIRS));
    expect(client.getQueryData(["list", "memberships", []])).toBeUndefined();
    expect(client.getQueryData(sessionOf(administrationOf(OURS).door).queryKey)).toEqual({ state: "signed_in" });
    // What they may do in one is known by that one's id, so it is never taken for the other's.
    expect(client.getQueryData(sessionOf(administrationOf(THEIRS).door, THEIRS).queryKey)).toBeUndefined();

    client.setQueryData(["meta"], "theirs");
    enter(client, PLATFORM);
    expect(client.getQueryData(["meta"])).toBeUndefined();
  });

  it("decides for which organization requests act", async () => {
    window.history.replaceState(null, "", `/dashboard/admin/${OURS}/memberships`);
    const sent = serve(() => ({ body: [] }));
    const client = createQueryClient();
    enter(client, administrationOf(OURS));
    await api.list("/memberships");
    enter(client, administrationOf(THEIRS));
    await api.list("/memberships");
    await api.get("/account/session");
    enter(client, portalFor(null));
    await api.list("/memberships");
    expect(sent.map((one) => one.headers.get("Quarterdeck-Organization"))).toEqual([OURS, THEIRS, null, null]);
    expect(new Set(sent.map((one) => one.headers.get("Quarterdeck-Account")))).toEqual(new Set(["user"]));
  });

  it("asks what somebody may do in that organization", async () => {
    window.history.replaceState(null, "", `/dashboard/admin/${OURS}`);
    const sent = serve(() => ({ body: { state: "signed_in" } }));
    await createQueryClient().fetchQuery(sessionOf(administrationOf(OURS).door, OURS));
    expect(sent[0]?.path).toBe("/api/v1/account/session");
    expect(sent[0]?.headers.get("Quarterdeck-Organization")).toBe(OURS);
  });
});

const permission = (name: string, scopes: ("platform" | "organization")[]) => ({
  name,
  module: "identity",
  allows: name,
  scopes,
  administrative: true,
});
const field = (name: string, references: string | null = null) => ({ name, references, options: null });
const META = {
  product: { name: "Q", version: "1", environment: "test", base_url: "http://localhost:8080" },
  modules: [],
  settings: [{ key: "a" }],
  pages: [
    { name: "audit", path: "/admin/audit", permission: "audit:read", allowed: false },
    { name: "approvals", path: "/admin/approvals", permission: "elevations:create", allowed: false },
    { name: "user-imports", path: "/admin/users/import", permission: "users:read", allowed: false },
  ],
  permissions: [
    permission("users:read", ["platform"]),
    permission("memberships:read", ["platform", "organization"]),
    permission("memberships:invite", ["platform", "organization"]),
    permission("memberships:create", ["platform"]),
    permission("organizations:transfer-ownership", ["platform", "organization"]),
  ],
  resources: [
    { name: "users", scope: "platform", can_read: false, fields: [], actions: [] },
    { name: "audit", scope: "organization", can_read: true, fields: [], actions: [] },
    {
      name: "organizations",
      scope: "organization",
      can_read: true,
      fields: [field("name")],
      actions: [
        {
          name: "transfer-ownership",
          permission: "organizations:transfer-ownership",
          allowed: true,
          input: { properties: { user_id: { "x-references": "users" } }, required: ["user_id"] },
        },
      ],
    },
    {
      name: "memberships",
      scope: "organization",
      can_read: true,
      fields: [
        field("member"),
        field("user_id", "users"),
        field("organization_id", "organizations"),
        field("role_id", "roles"),
      ],
      actions: [
        { name: "create", permission: "memberships:create", allowed: false, input: null },
        {
          name: "invite",
          permission: "memberships:invite",
          allowed: true,
          input: {
            properties: {
              email: {},
              organization_id: { "x-references": "organizations" },
              role_id: { "x-references": "roles", "x-filter": "scope=eq.platform" },
            },
            required: ["email"],
          },
        },
      ],
    },
    { name: "roles", scope: "organization", can_read: true, fields: [], actions: [] },
  ],
};

describe("the registry within an organization", () => {
  it("has only what is an organization's, and never asks which", async () => {
    window.history.replaceState(null, "", `/dashboard/admin/${OURS}`);
    serve(() => ({ body: META }));
    const client = createQueryClient();
    enter(client, administrationOf(OURS));
    const meta = await client.fetchQuery(metaQuery);
    expect(meta.resources.map((one) => one.name)).toEqual(["memberships", "roles", "audit", "organizations"]);
    const [members, , , about] = meta.resources as ResourceMeta[];
    expect(members?.fields.map((one) => one.name)).toEqual(["member", "role_id"]);
    expect(members?.actions.map((one) => one.name)).toEqual(["invite"]);
    expect(Object.keys(members?.actions[0]?.input?.properties ?? {})).toEqual(["email", "role_id"]);
    // Roles of staff aren't there to choose from, so they aren't asked for.
    expect(members?.actions[0]?.input?.properties?.role_id).toEqual({ "x-references": "roles" });
    // Handing over wants a user to be chosen, and which there are is the platform's business.
    expect(about?.actions).toEqual([]);
    expect(meta.settings).toEqual([]);
    expect(meta.pages.map(({ path, allowed }) => [path, allowed])).toEqual([
      [`/dashboard/admin/${OURS}/audit`, true],
      [`/dashboard/admin/${OURS}/approvals`, false],
    ]);
    enter(client, PLATFORM);
    window.history.replaceState(null, "", "/admin");
    expect((await client.fetchQuery(metaQuery)).resources).toHaveLength(META.resources.length);
  });
});

it("is where the kit's links lead", async () => {
  const resource = {
    name: "keys",
    label: "Keys",
    singular: "Key",
    actions: [{ name: "create", kind: "create", label: "Create", allowed: true, permission: "keys:create" }],
  } as unknown as ResourceMeta;
  const href = () => screen.getByRole("link").getAttribute("href");
  await renderPiece(<CreateButton resource={resource} />);
  await screen.findByRole("link");
  expect(href()).toBe("/admin/keys/new");
  cleanup();
  await renderPiece(
    <SurfaceContext.Provider value={administrationOf(OURS)}>
      <CreateButton resource={resource} />
    </SurfaceContext.Provider>,
  );
  await screen.findByRole("link");
  expect(href()).toBe(`/dashboard/admin/${OURS}/keys/new`);
});

it("tells ids from pages", () => {
  expect(isId(OURS)).toBe(true);
  for (const other of ["memberships", "", `${OURS}x`, "0190b6c8"]) expect(isId(other)).toBe(false);
});
