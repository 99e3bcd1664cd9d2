// Enough people, organizations and staff for lists to look like lists.
import type { BrowserContext } from "playwright-core";
import { Api, type Row } from "./api.ts";
import type { Panel } from "./panel.ts";

const NAMES = [
  "Ada Lovelace",
  "Grace Hopper",
  "Alan Turing",
  "Barbara Liskov",
  "Edsger Dijkstra",
  "Katherine Johnson",
  "Donald Knuth",
  "Radia Perlman",
  "Ken Thompson",
  "Margaret Hamilton",
  "Tim Berners-Lee",
  "Frances Allen",
  "Niklaus Wirth",
  "Joan Clarke",
  "John McCarthy",
  "Hedy Lamarr",
  "Dennis Ritchie",
  "Mary Jackson",
  "Claude Shannon",
  "Annie Easley",
  "Konrad Zuse",
  "Sophie Wilson",
  "Linus Torvalds",
  "Adele Goldberg",
  "Guido van Rossum",
  "Lynn Conway",
  "Bjarne Stroustrup",
  "Karen Jones",
  "Brian Kernighan",
  "Anita Borg",
  "Tony Hoare",
  "Shafi Goldwasser",
  "Leslie Lamport",
  "Evelyn Boyd",
  "Robin Milner",
  "Jean Bartik",
  "Stephen Kleene",
  "Kathleen Booth",
  "Peter Naur",
  "Rózsa Péter",
];
const ORGANIZATIONS = [
  "Northwind Traders",
  "Contoso",
  "Fabrikam",
  "Tailspin Toys",
  "Wide World Importers",
  "Łódź Data",
];

export interface Populated {
  user: string;
  organization: string;
  source: string | undefined;
}

/** Makes people and organizations, and a source when its address is given; gives one id of each. */
export async function populate(
  context: BrowserContext,
  panel: Panel,
  wanted: { users: number; source?: string },
): Promise<Populated> {
  const api = new Api(context, panel);
  const users: Row[] = [];
  for (const [at, name] of NAMES.slice(0, wanted.users).entries()) {
    const email = `${name
      .toLowerCase()
      .normalize("NFD")
      .replace(/[^a-z]+/g, ".")}@example.com`;
    users.push(await api.post("/users", { name, email, metadata: { plan: at % 3 === 0 ? "pro" : "free", seats: at } }));
  }
  const organizations: Row[] = [];
  for (const name of ORGANIZATIONS) organizations.push(await api.post("/organizations", { name }));
  const [user] = users;
  const [organization] = organizations;
  if (!user || !organization) throw new Error("Nothing was made");
  const source = wanted.source ? await api.post("/sources", { name: "chinook", url: wanted.source }) : undefined;
  return { user: user.id, organization: organization.id, source: source?.id };
}
