// A real OpenID Connect provider on this machine, for tests: the server of the package oidc-provider with its own login
// pages, where any name is let in and becomes the subject. Told by one argument of JSON:
//   now       what time it is; the machine's without
//   clients   as the provider takes them (client_id, client_secret, redirect_uris, …)
//   tls       {"key": "file", "cert": "file"}: over TLS
//   people    what is said of each subject: {"ada": {"email": "ada@example.com", "groups": ["admins"]}}
// Signing people out works in both directions. Says {"issuer": "http://localhost:…"} once it listens, takes {"people": {…}} lines to change its mind, and ends when
// its input does.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createInterface } from "node:readline";

const told = JSON.parse(process.argv[2] ?? "{}");

// The output is for what the test reads.
console.log = console.info = console.warn = console.error;

if (told.now) {
  const ahead = Date.parse(told.now) - Date.now();
  const Machine = Date;
  globalThis.Date = class extends Machine {
    constructor(...given) {
      if (given.length === 0) super(Machine.now() + ahead);
      else super(...given);
    }
    static now() {
      return Machine.now() + ahead;
    }
  };
}

const { Provider } = await import("oidc-provider");

const people = new Map(Object.entries(told.people ?? {}));
const { tls } = told;
const server = tls
  ? createTlsServer({ key: readFileSync(tls.key), cert: readFileSync(tls.cert) })
  : createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `${tls ? "https" : "http"}://localhost:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: (told.clients ?? []).map((client) => ({
    grant_types: ["authorization_code"],
    response_types: ["code"],
    ...client,
  })),
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "groups", "realm_access"],
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
  cookies: { keys: ["only-for-tests"] },
  features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
  // It keeps away from this very machine; here, that is where everything is.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  pkce: { required: () => true },
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
});
server.on("request", provider.callback());

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  for (const [subject, claims] of Object.entries(JSON.parse(line).people ?? {})) people.set(subject, claims);
  say({ done: true });
});
lines.on("close", () => process.exit(0));
say({ issuer });
