import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Session } from "~/lib/session";
import { renderPiece, type Sent, serve } from "~/lib/test-render";
import { Register } from "./register";

const PASSWORD = "copper lantern orchid drizzle";
type Registration = NonNullable<NonNullable<Session["offers"]>["registration"]>;

/** The page at this address, of a platform that lets people register like this. */
async function open(
  address: string,
  registration: Partial<Registration>,
  code: { status?: number; body?: unknown } = {},
) {
  window.history.replaceState(null, "", address);
  const session = {
    state: "signed_out",
    platform: "Acme Cloud",
    offers: {
      password: { shortest: 10, ingredients: ["digit"] },
      forgotten_password: true,
      magic_link: false,
      registration: { mode: "open", organization: false, confirmed: true, ...registration },
    },
  };
  return serve((request: Sent) => {
    if (request.path.endsWith("/registration/code")) return code;
    if (request.path.endsWith("/account/registration")) return { status: 202, body: { confirm: true } };
    if (request.path.endsWith("/account/session")) return { body: session };
    return undefined;
  });
}

async function fillIn() {
  await userEvent.type(await screen.findByLabelText(/^Name/), "Grace Hopper");
  await userEvent.type(screen.getByLabelText(/^E-mail/), "grace@example.com");
  await userEvent.type(screen.getByLabelText(/^Password( \*)?$/), PASSWORD);
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

describe("Register", () => {
  it("takes the code out of the address, says what it gives, and sends it along", async () => {
    const sent = await open(
      "/auth/register?invite=abcd-efgh-ijkm-npqr&from=mail",
      { mode: "invitation", organization: true },
      {
        body: { organization: "Navy", role: "Member" },
      },
    );
    await renderPiece(<Register />);
    await screen.findByText("You will join Navy as Member.");
    expect(window.location.search).toBe("?from=mail");
    expect(screen.queryByLabelText(/^Invitation code/)).toBeNull();
    expect(screen.queryByLabelText(/^Organization/)).toBeNull();
    await fillIn();
    await screen.findByText(/We have written to grace@example.com/);
    const request = sent.find((one) => one.path.endsWith("/account/registration"));
    expect(request?.body).toEqual({
      name: "Grace Hopper",
      email: "grace@example.com",
      password: PASSWORD,
      code: "abcd-efgh-ijkm-npqr",
      language: "en",
    });
    expect(document.title).toBe("Confirm your address · Acme Cloud");
  });

  it("asks for the code where the link has none, or one that is no good", async () => {
    const refused = {
      status: 422,
      body: { type: "/problems/validation", title: "Wrong", status: 422, detail: "This code is used up" },
    };
    await open("/auth/register?invite=wrong", { mode: "invitation" }, refused);
    await renderPiece(<Register />);
    await screen.findByText("This code is used up");
    await screen.findByLabelText(/^Invitation code/);
  });

  it("asks for an organization where one is made, and says what passwords must contain", async () => {
    const sent = await open("/auth/register", { organization: true });
    await renderPiece(<Register />);
    await fillIn();
    await waitFor(() => expect(screen.getByLabelText(/^Organization/).getAttribute("aria-invalid")).toBe("true"));
    expect(sent.some((one) => one.method === "POST")).toBe(false);
    expect(screen.getByText("A digit")).toBeTruthy();
  });

  it("says that it is closed, and asks nothing about a code then", async () => {
    const sent = await open("/auth/register?invite=abcd-efgh-ijkm-npqr", { mode: "disabled" });
    await renderPiece(<Register />);
    await screen.findByRole("heading", { name: "Registration is closed" });
    expect(sent.filter((one) => one.method === "POST")).toEqual([]);
    expect(window.location.search).toBe("");
  });
});
