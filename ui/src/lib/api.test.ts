import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, Problem, totalOf, urlOf, whenUnauthenticated } from "./api";

const fetched = vi.fn<typeof fetch>();

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  fetched.mockResolvedValueOnce(new Response(status === 204 ? null : text, { status, headers }));
}

function sent(): { url: string; method: string; headers: Headers; body: unknown } {
  const [url, init] = fetched.mock.calls[0] as [string, RequestInit];
  const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
  return { url, method: init.method ?? "GET", headers: new Headers(init.headers), body };
}

beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  fetched.mockReset();
  vi.unstubAllGlobals();
});

async function refusal(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

describe("requests", () => {
  it("repeats names in a query", () => {
    expect(
      urlOf("/users", [
        ["age", "gte.1"],
        ["age", "lt.9"],
      ]),
    ).toBe("/api/v1/users?age=gte.1&age=lt.9");
  });
  it("quotes the version of a write, but not the star that forces", async () => {
    answer(200, {}, { ETag: '"8"' });
    const reply = await api.patch("/users/1", { name: "Ada" }, { version: "7" });
    expect(sent().headers.get("If-Match")).toBe('"7"');
    expect(reply.version).toBe("8");
    fetched.mockClear();
    answer(204, "");
    await api.delete("/users/1", { version: "*" });
    expect(sent().headers.get("If-Match")).toBe("*");
  });
  it("gives every POST a retry key, the caller's when there is one", async () => {
    answer(201, {});
    await api.post("/users", {});
    expect(sent().headers.get("Idempotency-Key")).toMatch(/.{16,}/);
    fetched.mockClear();
    answer(201, {});
    await api.post("/users", {}, { idempotencyKey: "mine" });
    expect(sent().headers.get("Idempotency-Key")).toBe("mine");
  });
  it("sends no body and no key with a GET", async () => {
    answer(200, []);
    await api.get("/users");
    expect(sent().headers.has("Idempotency-Key")).toBe(false);
    expect(sent().headers.has("Content-Type")).toBe(false);
  });
});

describe("lists", () => {
  it("reads counts and cursors from the headers", async () => {
    answer(206, [{ id: 1 }], {
      "Content-Range": "0-0/1200000",
      "Next-Cursor": "n",
      "Preference-Applied": "count=estimated",
    });
    expect(await api.list("/users", { prefer: ["count=exact"] })).toEqual({
      rows: [{ id: 1 }],
      total: 1200000,
      estimated: true,
      next: "n",
      prev: null,
    });
  });
  it("knows no total when none was counted", () => {
    expect(totalOf("0-99/*")).toBeNull();
    expect(totalOf("*/0")).toBe(0);
    expect(totalOf(null)).toBeNull();
  });
});

describe("problems", () => {
  it("carry fields, request id and the wait the server asks for", async () => {
    answer(
      422,
      {
        type: "/problems/validation",
        title: "The input has errors",
        status: 422,
        request_id: "r1",
        errors: [{ field: "email", code: "format", message: "No" }],
      },
      { "Retry-After": "30" },
    );
    const problem = await refusal(api.post("/users", {}));
    expect(problem).toMatchObject({ kind: "validation", status: 422, requestId: "r1", retryAfter: 30 });
    expect(problem.errorFor("email")).toBe("No");
    expect(problem.errorFor("name")).toBeNull();
  });
  it("are made for answers that are none", async () => {
    answer(502, "<html>Bad gateway</html>", { "X-Request-Id": "r2" });
    expect(await refusal(api.get("/users"))).toMatchObject({ kind: "unreadable", status: 502, requestId: "r2" });
  });
  it("tell a server that can't be reached from one that refuses", async () => {
    fetched.mockRejectedValueOnce(new TypeError("fetch failed"));
    const problem = await refusal(api.get("/users"));
    expect(problem).toMatchObject({ kind: "network", status: 0 });
    expect(problem.transient).toBe(true);
  });
  it("let an aborted request stay an abort", async () => {
    fetched.mockRejectedValueOnce(new DOMException("stop", "AbortError"));
    await expect(api.get("/users")).rejects.toMatchObject({ name: "AbortError" });
  });
  it("say that an answer isn't JSON", async () => {
    answer(200, "hello");
    expect(await refusal(api.get("/users"))).toMatchObject({ kind: "unreadable" });
  });
  it("report an ended session once, but not a wrong password", async () => {
    const ended = vi.fn();
    whenUnauthenticated(ended);
    const body = { type: "/problems/unauthenticated", title: "Sign in", status: 401 };
    answer(401, body);
    await refusal(api.post("/session", { email: "a", password: "b" }));
    expect(ended).not.toHaveBeenCalled();
    answer(401, body);
    await refusal(api.get("/users"));
    expect(ended).toHaveBeenCalledOnce();
  });
});
