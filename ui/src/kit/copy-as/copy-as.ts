/** What a screen asks of the panel, in words that somebody else can run. */
import { API_BASE, type QueryPairs } from "~/lib/api";

export interface Asked {
  /** Below the API's base. */
  path: string;
  query: QueryPairs;
  headers?: Record<string, string>;
  /** GET without it. */
  method?: "POST" | "PATCH" | "DELETE";
  /** What is sent, as JSON. */
  body?: unknown;
  /** The words of the command that asks the same, without filters; without them it is `quarterdeck api`. */
  command?: string[];
  /** Parameters of the command that aren't filters, by the name of the parameter. */
  options?: Record<string, string>;
}

/** Parameters that the command line knows as options of their own. */
const OPTIONS = ["search", "order", "select", "limit"];
const PLAIN = /^[A-Za-z0-9_./:=,@%+-]+$/;

/** A word as a POSIX shell reads it. */
export function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const DELIMITER = "JSON";

function search(asked: Asked): string {
  const text = new URLSearchParams(asked.query.map(([name, value]) => [name, value])).toString();
  return text && `?${text}`;
}

const address = (asked: Asked, origin: string) => `${origin}${API_BASE}${asked.path}${search(asked)}`;

const json = (asked: Asked) => JSON.stringify(asked.body, null, 2);

function headersOf(asked: Asked): Record<string, string> {
  return { ...asked.headers, ...(asked.body === undefined ? {} : { "Content-Type": "application/json" }) };
}

/** The key comes from the environment: nobody's key belongs into a script. */
export function asCurl(asked: Asked, origin: string): string {
  const headers = Object.entries(headersOf(asked)).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`);
  const lines = [
    `curl ${asked.method ? `-X ${asked.method} ` : ""}-H "Authorization: Bearer $QUARTERDECK_TOKEN"`,
    ...headers,
    ...(asked.body === undefined ? [] : [`-d ${shellWord(json(asked))}`]),
    `'${address(asked, origin).replaceAll("'", "%27")}'`,
  ];
  return lines.join(" \\\n  ");
}

export function asCommand(asked: Asked): string {
  const words = asked.command
    ? commandOf(asked, asked.command)
    : ["api", asked.method ?? "GET", asked.path + search(asked)];
  const line = ["quarterdeck", ...words].map(shellWord).join(" ");
  // No line of JSON can be the delimiter alone.
  return asked.body === undefined ? line : `${line} --input - <<'${DELIMITER}'\n${json(asked)}\n${DELIMITER}`;
}

function commandOf(asked: Asked, command: string[]): string[] {
  const words = asked.query.flatMap(([name, value]) =>
    OPTIONS.includes(name) ? [`--${name}`, value] : ["--filter", `${name}=${value}`],
  );
  const options = Object.entries(asked.options ?? {}).flatMap(([name, value]) => [`--${name}`, value]);
  return [...command, ...options, ...words];
}

export function asTypeScript(asked: Asked, origin: string): string {
  const headers = Object.entries(headersOf(asked)).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  const method = asked.method ? `  method: ${JSON.stringify(asked.method)},\n` : "";
  const body = asked.body === undefined ? "" : `  body: JSON.stringify(${json(asked).replaceAll("\n", "\n  ")}),\n`;
  return `const answer = await fetch(${JSON.stringify(address(asked, origin))}, {
${method}  headers: {
    Authorization: \`Bearer \${process.env.QUARTERDECK_TOKEN}\`,
${headers.join("")}  },
${body}});
if (!answer.ok) throw new Error(await answer.text());
${asked.method ? "" : "const rows = await answer.json();\n"}`;
}
