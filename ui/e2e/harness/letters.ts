// The letters of a panel without a mail server: files in its data directory, read as a mail program reads them.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { until } from "./deadline.ts";
import type { Panel } from "./panel.ts";

/** Quoted-printable text as it was before. */
function plain(text: string): string {
  return text
    .replace(/=\r?\n/g, "")
    .replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll("=", ""), "hex").toString("utf8"));
}

/** The link with this path in the newest letter to somebody, once it is there. `before` is a link that is not meant. */
export async function linkTo(panel: Panel, email: string, path: string, before = ""): Promise<string> {
  const folder = join(panel.data, "mail");
  return until(`a letter to ${email} with a link to ${path}`, () => {
    if (!existsSync(folder)) return null;
    const files = readdirSync(folder).filter((name) => name.endsWith(".eml"));
    const age = (name: string) => statSync(join(folder, name)).mtimeMs;
    for (const name of files.sort((a, b) => age(b) - age(a))) {
      const letter = plain(readFileSync(join(folder, name), "utf8"));
      const link = letter.match(new RegExp(`${panel.url}${path}[?]\\w+=[\\w-]+`))?.[0];
      if (link && link !== before && letter.includes(email)) return link;
    }
    return null;
  });
}
