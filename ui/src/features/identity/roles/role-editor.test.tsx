import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderPiece, type Sent, serve } from "~/lib/test-render";
import type { Role } from "./data";
import { RoleEditor } from "./role-editor";

const permission = (name: string, allows: string) => ({
  name,
  module: "identity",
  allows,
  scopes: ["platform"],
  administrative: false,
});
const meta = {
  product: { name: "Q", version: "1", environment: "test", base_url: "http://localhost:8080" },
  modules: [{ name: "identity", label: "People", icon: null }],
  resources: [],
  pages: [],
  settings: [],
  permissions: [
    permission("users:read", "See users"),
    permission("users:suspend", "Suspend users"),
    permission("users:delete", "Delete users"),
  ],
};
const role = (id: string, patch: Partial<Role>): Role => ({
  id,
  name: id,
  label: id,
  description: null,
  scope: "platform",
  organization_id: null,
  built_in: false,
  permissions: [],
  extends: null,
  holders: 2,
  second_factor: false,
  version: "4",
  ...patch,
});
const reader = role("reader", { label: "Reader", permissions: ["*:read"] });
const support = role("support", { label: "Support", permissions: ["users:suspend"], extends: "reader" });

async function open(held: string[], answer?: (request: Sent) => { status?: number; body?: unknown } | undefined) {
  const sent = serve((request) => {
    if (request.path.endsWith("/meta")) return { body: meta };
    if (request.path.endsWith("/session")) return { body: { state: "signed_in", permissions: held } };
    return answer?.(request) ?? { body: { ...support, version: "5" } };
  });
  await renderPiece(<RoleEditor current={support} roles={[reader, support]} readOnly={false} />);
  await screen.findByRole("button", { name: /^See users/ });
  return sent;
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("RoleEditor", () => {
  it("shows where each permission comes from, by words and not by colour alone", async () => {
    await open(["users:read", "users:suspend", "users:delete"]);
    expect(screen.getByRole("button", { name: /See users · Inherited · from Reader by \*:read/ })).toHaveProperty(
      "ariaPressed",
      "true",
    );
    expect(screen.getByRole("button", { name: /Suspend users · Given · by users:suspend/ })).toBeTruthy();
    expect(screen.getByRole("button", { name: /Delete users · Not given/ })).toBeTruthy();
  });

  it("says what changes before it saves, and sends the version it was read at", async () => {
    const sent = await open(["users:read", "users:suspend", "users:delete"]);
    await userEvent.click(screen.getByRole("button", { name: /^See users/ }));
    await userEvent.click(screen.getByRole("button", { name: /^Delete users/ }));
    await userEvent.click(screen.getByRole("button", { name: /Review and save/ }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("Can do from now on (1)");
    expect(dialog.textContent).toContain("Counts at once for 2 accounts.");
    expect(sent.some((one) => one.method === "PATCH")).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "Save role" }));
    await waitFor(() => expect(sent.some((one) => one.method === "PATCH")).toBe(true));
    const patch = sent.find((one) => one.method === "PATCH");
    expect(patch?.headers.get("If-Match")).toBe('"4"');
    expect(patch?.body).toMatchObject({
      permissions: ["users:suspend", "-users:read", "users:delete"],
      extends: "reader",
    });
  });

  it("can be worked by keyboard, and gives nothing its editor doesn't hold", async () => {
    await open(["users:read", "users:suspend"]);
    const seen = screen.getByRole("button", { name: /^See users/ });
    seen.focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(document.activeElement?.getAttribute("data-cell")).toBe("users:delete");
    expect(document.activeElement?.getAttribute("aria-disabled")).toBe("true");
    await userEvent.keyboard(" ");
    expect(screen.getByText("No changes")).toBeTruthy();
    await userEvent.keyboard("{ArrowRight} ");
    expect(document.activeElement?.getAttribute("data-cell")).toBe("users:suspend");
    expect(screen.getByText("0 gained, 1 lost")).toBeTruthy();
  });

  it("tells a refusal in the server's words", async () => {
    const detail = "Support can do more than you (users:delete). Ask an owner.";
    await open(["users:read", "users:suspend", "users:delete"], (request) =>
      request.method === "PATCH"
        ? { status: 403, body: { type: "/problems/forbidden", title: "No", status: 403, detail } }
        : undefined,
    );
    await userEvent.click(screen.getByRole("button", { name: /^Delete users/ }));
    await userEvent.click(screen.getByRole("button", { name: /Review and save/ }));
    await userEvent.click(await screen.findByRole("button", { name: "Save role" }));
    expect((await screen.findByRole("alert")).textContent).toContain("can do more than you");
  });
});
