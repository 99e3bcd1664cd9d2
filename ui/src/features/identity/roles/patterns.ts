// What patterns mean, as the server resolves them: `users:*` gives, `-users:delete` takes away wherever it is given.

/** Whether a pattern without its sign names this permission. */
export function matches(pattern: string, permission: string): boolean {
  if (pattern === "*" || pattern === permission) return true;
  const [resource, verb] = pattern.split(":");
  const [hasResource, hasVerb] = permission.split(":");
  if (verb === undefined || hasVerb === undefined) return false;
  return (resource === "*" || resource === hasResource) && (verb === "*" || verb === hasVerb);
}

/** A role that this one extends, directly or through others. */
export interface Ancestor {
  label: string;
  patterns: string[];
}

export type State = "given" | "inherited" | "taken" | "none";

export interface Decision {
  state: State;
  /** The ancestor that decided; null for the role itself. */
  by: string | null;
  pattern: string | null;
}

const taking = (pattern: string) => pattern.startsWith("-");

/** What a role and its ancestors say about one permission. */
export function decide(permission: string, own: string[], chain: Ancestor[]): Decision {
  const find = (patterns: string[], take: boolean) =>
    patterns.find((one) => taking(one) === take && matches(take ? one.slice(1) : one, permission)) ?? null;
  const links: { label: string | null; patterns: string[] }[] = [{ label: null, patterns: own }, ...chain];
  for (const state of ["taken", "given"] as const) {
    for (const link of links) {
      const pattern = find(link.patterns, state === "taken");
      if (pattern !== null) {
        return { state: state === "given" && link.label !== null ? "inherited" : state, by: link.label, pattern };
      }
    }
  }
  return { state: "none", by: null, pattern: null };
}

export function allowed(permission: string, own: string[], chain: Ancestor[]): boolean {
  const { state } = decide(permission, own, chain);
  return state === "given" || state === "inherited";
}

/** The most a member may do, whatever the role says. */
export const LEVELS = ["admin", "read_write", "read_only"] as const;
export type Level = (typeof LEVELS)[number];

/** Whether somebody with this level keeps what their role gives, as the server decides it. */
export function keeps(level: Level, permission: { name: string; administrative: boolean }): boolean {
  if (level === "read_only") return permission.name.endsWith(":read");
  return level === "admin" || !permission.administrative;
}

/** Whether a role that this one extends takes it away: then nothing here can give it. */
export function lockedBy(permission: string, chain: Ancestor[]): string | null {
  const { state, by } = decide(permission, [], chain);
  return state === "taken" ? by : null;
}

/** Gives one permission, or takes it, with as little change to the patterns as does it. */
export function toggle(own: string[], chain: Ancestor[], permission: string, on: boolean, all: string[]): string[] {
  if (!on) {
    const left = own.filter((one) => one !== permission);
    return allowed(permission, left, chain) ? [...left, `-${permission}`] : left;
  }
  if (lockedBy(permission, chain) !== null) return own;
  const left = own.flatMap((one) => {
    if (!taking(one) || !matches(one.slice(1), permission)) return [one];
    // A pattern that takes more away than this goes on taking the rest.
    return all.filter((other) => other !== permission && matches(one.slice(1), other)).map((other) => `-${other}`);
  });
  return allowed(permission, left, chain) ? unique(left) : unique([...left, permission]);
}

const unique = (patterns: string[]) => [...new Set(patterns)];
const about = (resource: string) => (pattern: string) => pattern.replace(/^-/, "").startsWith(`${resource}:`);

/** Gives or takes everything about one resource. */
export function toggleResource(
  own: string[],
  chain: Ancestor[],
  resource: string,
  on: boolean,
  all: string[],
): string[] {
  const names = all.filter(about(resource));
  const left = own.filter((one) => !about(resource)(one));
  if (on) {
    const enough = names.every((name) => allowed(name, left, chain) || lockedBy(name, chain) !== null);
    return enough ? left : [...left, `${resource}:*`];
  }
  return names.some((name) => allowed(name, left, chain)) ? [...left, `-${resource}:*`] : left;
}

/** A feature is off when all of it is taken away, whatever else the role or a later version gives. */
export function isOff(own: string[], chain: Ancestor[], resources: string[]): boolean {
  const patterns = [...own, ...chain.flatMap((one) => one.patterns)];
  return resources.every((resource) => patterns.includes(`-${resource}:*`));
}

/** Switches a feature off for good, or leaves it to what the role gives again. */
export function switchFeature(own: string[], resources: string[], on: boolean): string[] {
  const takes = (one: string) => resources.some((resource) => one === `-${resource}:*`);
  const left = own.filter((one) => !takes(one));
  return on ? left : [...left, ...resources.map((resource) => `-${resource}:*`)];
}

export interface Difference {
  gained: string[];
  lost: string[];
}

interface Side {
  own: string[];
  chain: Ancestor[];
}

/** What saving would change for everybody who has the role. */
export function difference(before: Side, after: Side, all: string[]): Difference {
  const was = (name: string) => allowed(name, before.own, before.chain);
  const is = (name: string) => allowed(name, after.own, after.chain);
  return { gained: all.filter((name) => !was(name) && is(name)), lost: all.filter((name) => was(name) && !is(name)) };
}
