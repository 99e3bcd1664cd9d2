/** Server-sent events as text: each ends with an empty line, and what has not ended yet waits for more. */

export interface ServerEvent {
  name: string;
  data: unknown;
}

export function readEvents(text: string): { events: ServerEvent[]; rest: string } {
  const parts = text.split("\n\n");
  const rest = parts.pop() ?? "";
  const events: ServerEvent[] = [];
  for (const part of parts) {
    const lines = part.split("\n");
    const field = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
    const [name, data] = [field("event: "), field("data: ")];
    if (name !== undefined && data !== undefined) events.push({ name, data: JSON.parse(data) });
  }
  return { events, rest };
}
