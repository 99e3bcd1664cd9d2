import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fieldsFromSchema } from "~/kit/form/schema";
import type { ActionMeta, ResourceMeta } from "~/lib/meta";
import { renderPiece, type Sent, serve } from "~/lib/test-render";
import { EditForm } from "./edit-form";

const input = {
  type: "object",
  properties: {
    name: { type: "string", title: "Name" },
    email: { type: "string", title: "E-mail" },
    url: { type: "string", title: "URL", writeOnly: true },
  },
};
const fields = fieldsFromSchema({ ...input, required: ["name", "email", "url"] });
const action = { name: "update", kind: "update", label: "Update", target: "one", input } as unknown as ActionMeta;
const resource = {
  name: "people",
  label: "People",
  singular: "Person",
  title_field: "name",
  version_field: "version",
  fields,
  actions: [action],
} as unknown as ResourceMeta;
const row = { id: "1", name: "Ada", email: "ada@example.com", version: "7" };

async function open(): Promise<ReturnType<typeof vi.fn>> {
  const done = vi.fn();
  await renderPiece(<EditForm resource={resource} action={action} loaded={{ row, version: "7" }} onDone={done} />);
  await screen.findByRole("textbox", { name: /Name/ });
  return done;
}

async function rename(to: string): Promise<void> {
  const box = screen.getByRole("textbox", { name: /Name/ });
  await userEvent.clear(box);
  await userEvent.type(box, to);
  await userEvent.click(screen.getByRole("button", { name: /Save changes/ }));
}

function conflict(fields: { field: string; base: unknown; mine: unknown; theirs: unknown }[]) {
  return {
    status: 409,
    body: { type: "/problems/conflict", title: "Changed", status: 409, conflict: { current_version: "9", fields } },
  };
}
const patches = (sent: Sent[]) =>
  sent.filter((one) => one.method === "PATCH").map((one) => [one.headers.get("If-Match"), one.body]);

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("EditForm", () => {
  it("sends only what was changed, on the version it was read at, and asks for no secret again", async () => {
    const sent = serve(() => ({ body: { ...row, name: "Ada L." }, headers: { ETag: '"8"' } }));
    const done = await open();
    await rename("Ada L.");
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(patches(sent)).toEqual([['"7"', { name: "Ada L." }]]);
  });

  it("puts mine on top when others changed other fields", async () => {
    let first = true;
    const sent = serve(() => {
      if (!first) return { body: row };
      first = false;
      return conflict([{ field: "email", base: row.email, mine: row.email, theirs: "new@example.com" }]);
    });
    const done = await open();
    await rename("Ada L.");
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(patches(sent)).toEqual([
      ['"7"', { name: "Ada L." }],
      ['"9"', { name: "Ada L." }],
    ]);
  });

  it("lets the person choose when both changed the same field", async () => {
    let first = true;
    const sent = serve(() => {
      if (!first) return { body: row };
      first = false;
      return conflict([{ field: "name", base: "Ada", mine: "Mine", theirs: "Theirs" }]);
    });
    const done = await open();
    await rename("Mine");
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("Theirs");
    expect(done).not.toHaveBeenCalled();
    expect(document.activeElement?.textContent).toBe("Back to the form");
    await userEvent.click(screen.getByRole("button", { name: "Keep all mine" }));
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(patches(sent).at(-1)).toEqual(['"9"', { name: "Mine" }]);
  });

  it("sends nothing more when theirs is taken", async () => {
    const sent = serve(() => conflict([{ field: "name", base: "Ada", mine: "Mine", theirs: "Theirs" }]));
    const done = await open();
    await rename("Mine");
    await screen.findByRole("dialog");
    await userEvent.click(screen.getByRole("button", { name: "Take all theirs" }));
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(patches(sent)).toHaveLength(1);
  });

  it("shows the server's refusal at the field and in the summary", async () => {
    serve(() => ({
      status: 422,
      body: {
        type: "/problems/validation",
        title: "x",
        status: 422,
        errors: [{ field: "name", code: "taken", message: "Somebody has this name" }],
      },
    }));
    const done = await open();
    await rename("Taken");
    expect(await screen.findAllByText(/Somebody has this name/)).toHaveLength(2);
    expect(document.activeElement?.getAttribute("role")).toBe("alert");
    expect(done).not.toHaveBeenCalled();
  });
});
