import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { api } from "./api";
import { useAsked } from "./step-up";
import { serve } from "./test-render";

afterEach(() => vi.unstubAllGlobals());

const refused = { status: 403, body: { type: "/problems/step-up", title: "Confirm that it is you", status: 403 } };

/** A server that wants a proof until it has one. */
function wary() {
  const state = { proved: false };
  const sent = serve(() => (state.proved ? { body: { ok: true } } : refused));
  return { state, sent };
}

it("asks once for all that wait, then sends each again with the key it had", async () => {
  const { state, sent } = wary();
  const { result } = renderHook(() => useAsked());
  const both = Promise.all([api.post("/users/1/erase", { a: 1 }), api.post("/users/2/erase")]);
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  await vi.waitFor(() => expect(result.current?.door.kind).toBe("staff"));
  state.proved = true;
  await act(async () => result.current?.answer(true));
  expect((await both).map((reply) => reply.data)).toEqual([{ ok: true }, { ok: true }]);
  expect(result.current).toBeNull();
  expect(sent.map((one) => one.path)).toEqual([
    "/api/v1/users/1/erase",
    "/api/v1/users/2/erase",
    "/api/v1/users/1/erase",
    "/api/v1/users/2/erase",
  ]);
  expect(sent[2]?.headers.get("Idempotency-Key")).toBe(sent[0]?.headers.get("Idempotency-Key"));
  expect(sent[2]?.body).toEqual({ a: 1 });
});

it("leaves the refusal standing when nobody proves anything, and asks no second time", async () => {
  const { sent } = wary();
  const { result } = renderHook(() => useAsked());
  const work = api.post("/users/1/erase").catch((error: unknown) => error);
  await vi.waitFor(() => expect(result.current).not.toBeNull());
  await act(async () => result.current?.answer(false));
  expect(await work).toMatchObject({ kind: "step-up", status: 403 });
  expect(sent).toHaveLength(1);
});

it("asks behind the door whose session was meant", async () => {
  const { sent } = wary();
  const { result } = renderHook(() => useAsked());
  const work = api.post("/account/password", { password: "x" }).catch(() => null);
  await vi.waitFor(() => expect(result.current?.door.kind).toBe("user"));
  expect(sent[0]?.headers.get("Quarterdeck-Account")).toBe("user");
  await act(async () => result.current?.answer(false));
  await work;
});
