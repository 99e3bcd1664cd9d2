// Renders a piece of the panel the way it stands in the real one: texts, look, query cache, and a router in memory.
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { startI18n } from "~/i18n";
import { createQueryClient, Providers } from "~/providers";

export async function renderPiece(piece: ReactNode): Promise<void> {
  localStorage.setItem("quarterdeck.language", "en");
  await startI18n();
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "/", component: () => piece });
  const elsewhere = createRoute({ getParentRoute: () => root, path: "/$", component: () => null });
  const router = createRouter({ routeTree: root.addChildren([page, elsewhere]), history: createMemoryHistory() });
  render(
    <Providers client={createQueryClient()}>
      <RouterProvider router={router as never} />
    </Providers>,
  );
}

export interface Sent {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };

/** Answers requests like a server; `Sent` collects what was asked, in order. */
export function serve(answers: (request: Sent) => Answer | undefined): Sent[] {
  const all: Sent[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const request: Sent = {
      method: init.method ?? "GET",
      path: url,
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
    };
    all.push(request);
    const {
      status = 200,
      body = null,
      headers = {},
    } = answers(request) ?? { status: 404, body: { type: "/problems/not-found", title: "Not found", status: 404 } };
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
  });
  return all;
}
