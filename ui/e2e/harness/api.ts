// The HTTP API as a signed-in browser reaches it, for preparing what a test is about and for looking at what it left.
import type { APIResponse, BrowserContext } from "playwright-core";
import type { Panel } from "./panel.ts";

export type Row = Record<string, unknown> & { id: string };

export class Api {
  private readonly context: BrowserContext;
  private readonly base: string;
  private readonly origin: string;

  constructor(context: BrowserContext, panel: Panel) {
    this.context = context;
    this.origin = panel.url;
    this.base = `${panel.url}/api/v1`;
  }

  async get<T = Row[]>(path: string): Promise<T> {
    return read(await this.context.request.get(this.base + path));
  }

  async post<T = Row>(path: string, body: unknown = {}): Promise<T> {
    return read(await this.context.request.post(this.base + path, { data: body, headers: { Origin: this.origin } }));
  }

  async patch<T = Row>(path: string, body: unknown, version = "*"): Promise<T> {
    const match = version === "*" ? "*" : `"${version}"`;
    return read(
      await this.context.request.patch(this.base + path, {
        data: body,
        headers: { Origin: this.origin, "If-Match": match },
      }),
    );
  }
}

async function read<T>(answer: APIResponse): Promise<T> {
  const text = await answer.text();
  if (!answer.ok()) throw new Error(`${answer.status()} ${answer.url()}\n${text.slice(0, 2000)}`);
  return (text === "" ? null : JSON.parse(text)) as T;
}
