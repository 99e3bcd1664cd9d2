import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ActionMeta, ResourceMeta } from "~/lib/meta";
import { renderPiece, serve } from "~/lib/test-render";
import { ActionDialog } from "./action-dialog";
import type { Target } from "./actions";

const resource = {
  name: "people",
  label: "People",
  singular: "Person",
  title_field: "name",
  fields: [],
  actions: [],
} as unknown as ResourceMeta;

function action(more: Partial<ActionMeta>): ActionMeta {
  return {
    name: "suspend",
    kind: "verb",
    target: "one",
    bulk: true,
    label: "Suspend",
    icon: null,
    risk: "confirm",
    permission: "people:suspend",
    allowed: true,
    confirm: null,
    input: null,
    ...more,
  };
}

async function open(meta: ActionMeta, target: Target): Promise<ReturnType<typeof vi.fn>> {
  const done = vi.fn();
  await renderPiece(
    <ActionDialog resource={resource} action={meta} target={target} onDone={done} onClose={() => {}} />,
  );
  await screen.findByRole("dialog");
  return done;
}
const go = () => screen.getByRole("button", { name: "Suspend" });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("ActionDialog", () => {
  it("names the object and says what will happen", async () => {
    await open(action({ confirm: "They are signed out." }), { kind: "one", row: { id: "1", name: "Ada" } });
    const text = screen.getByRole("dialog").textContent;
    expect(text).toContain("Ada");
    expect(text).toContain("They are signed out.");
  });

  it("wants the number typed before it touches many", async () => {
    const sent = serve(() => ({ body: { changed: 12 } }));
    const done = await open(action({}), { kind: "many", filter: "status=eq.active", expected: 12, except: ["9"] });
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
    expect(go()).toHaveProperty("disabled", true);
    await userEvent.type(screen.getByRole("textbox"), "11");
    expect(go()).toHaveProperty("disabled", true);
    await userEvent.clear(screen.getByRole("textbox"));
    await userEvent.type(screen.getByRole("textbox"), "12");
    await userEvent.click(go());
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(sent[0]).toMatchObject({
      method: "POST",
      path: "/api/v1/people/suspend",
      body: { filter: "status=eq.active", expected: 12, except: ["9"], input: {} },
    });
  });

  it("asks for nothing typed when it is few", async () => {
    await open(action({}), { kind: "many", filter: "", expected: 10, except: [] });
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(go()).toHaveProperty("disabled", false);
  });

  it("repeats a lost request under the same key, so that it isn't done twice", async () => {
    let first = true;
    const sent = serve(() => {
      if (!first) return { body: {} };
      first = false;
      return { status: 503, body: { type: "/problems/unavailable", title: "Away", status: 503 } };
    });
    const done = await open(action({}), { kind: "one", row: { id: "1", name: "Ada" } });
    await userEvent.click(go());
    await screen.findByRole("alert");
    await userEvent.click(go());
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(sent[0]?.headers.get("Idempotency-Key")).toBe(sent[1]?.headers.get("Idempotency-Key"));
  });

  it("begins with what the object has, and sends what was emptied", async () => {
    const sent = serve(() => ({ body: {} }));
    const input = {
      type: "object",
      required: ["reason"],
      properties: {
        members: { type: ["integer", "null"], title: "Members" },
        keys: { type: ["integer", "null"], title: "Keys" },
        roles: { type: ["integer", "null"], title: "Roles" },
        reason: { type: "string", title: "Reason" },
      },
    };
    const row = { id: "1", name: "Ada", members: 5, keys: 7, roles: null, reason: "Before" };
    const done = await open(action({ input }), { kind: "one", row });
    expect(screen.getByRole("textbox", { name: /Members/ })).toHaveProperty("value", "5");
    expect(screen.getByRole("textbox", { name: /Reason/ })).toHaveProperty("value", "");
    await userEvent.clear(screen.getByRole("textbox", { name: /Members/ }));
    await userEvent.type(screen.getByRole("textbox", { name: /Reason/ }), "Now");
    await userEvent.click(go());
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(sent[0]?.body).toEqual({ members: null, keys: 7, reason: "Now" });
  });

  it("makes its form from the input's schema and checks it", async () => {
    const sent = serve(() => ({ body: {} }));
    const input = {
      type: "object",
      required: ["reason"],
      properties: { reason: { type: "string", title: "Reason" }, days: { type: "integer", default: 7, title: "Days" } },
    };
    const done = await open(action({ input }), { kind: "one", row: { id: "1", name: "Ada" } });
    await userEvent.click(go());
    await screen.findByRole("alert");
    expect(sent).toHaveLength(0);
    await userEvent.type(screen.getByRole("textbox", { name: /Reason/ }), "Spam");
    await userEvent.click(go());
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(sent[0]?.body).toEqual({ reason: "Spam", days: 7 });
  });

  it("tries on many without changing, and names what would be refused", async () => {
    const sent = serve(() => ({
      body: {
        changed: 0,
        rows: [
          { id: "1", title: "Ada", ok: false, message: "This is the last active owner." },
          { id: "2", title: "Grace", ok: true, message: null },
        ],
      },
    }));
    const done = await open(action({}), { kind: "many", filter: "status=eq.active", expected: 2, except: [] });
    await userEvent.click(screen.getByRole("button", { name: "Try without changing" }));
    expect(await screen.findByText(/last active owner/)).toBeTruthy();
    expect(sent[0]).toMatchObject({ method: "POST", body: { dry_run: true, expected: 2 } });
    expect(done).not.toHaveBeenCalled();
  });
});
