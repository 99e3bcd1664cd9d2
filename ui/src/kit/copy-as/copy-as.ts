/** What a screen asks of the panel, in words that somebody else can run. */
import { API_BASE, type QueryPairs } from "~/lib/api";

export interface Asked {
  /** Below the API's base. */
  path: string;
  query: QueryPairs;
  headers?: Record<string, string>;
  /** The words of the command that asks the same, without filters. */
  command: string[];
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

function address(asked: Asked, origin: string): string {
  const search = new URLSearchParams(asked.query.map(([name, value]) => [name, value])).toString();
  return `${origin}${API_BASE}${asked.path}${search && `?${search}`}`;
}

/** The key comes from the environment: nobody's key belongs into a script. */
export function asCurl(asked: Asked, origin: string): string {
  const headers = Object.entries(asked.headers ?? {}).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`);
  const lines = [
    'curl -H "Authorization: Bearer $QUARTERDECK_TOKEN"',
    ...headers,
    `'${address(asked, origin).replaceAll("'", "%27")}'`,
  ];
  return lines.join(" \\\n  ");
}

export function asCommand(asked: Asked): string {
  const words = asked.query.flatMap(([name, value]) =>
    OPTIONS.includes(name) ? [`--${name}`, value] : ["--filter", `${name}=${value}`],
  );
  const options = Object.entries(asked.options ?? {}).flatMap(([name, value]) => [`--${name}`, value]);
  return ["quarterdeck", ...asked.command, ...options, ...words].map(shellWord).join(" ");
}

export function asTypeScript(asked: Asked, origin: string): string {
  const headers = Object.entries(asked.headers ?? {}).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  return `const answer = await fetch(${JSON.stringify(address(asked, origin))}, {
  headers: {
    Authorization: \`Bearer \${process.env.QUARTERDECK_TOKEN}\`,
${headers.join("")}  },
});
if (!answer.ok) throw new Error(await answer.text());
const rows = await answer.json();
`;
}
