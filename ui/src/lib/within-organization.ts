// The registry as the administration of one organization shows it: only what can be there. The organization itself is
// never asked for and never shown in a row, because it is the same everywhere; what is staff's is left out.
import type { ActionMeta, FieldMeta, JsonSchema, Meta, PageMeta, ResourceMeta } from "./meta";

/** In this order people look for them; others follow. */
const ORDER = [
  "memberships",
  "member-sessions",
  "user-invitations",
  "registration-codes",
  "roles",
  "keys",
  "accesses",
  "elevations",
  "impersonations",
];
/** Hand-made pages that make sense within an organization, too. */
const PAGES = new Set(["permissions", "approvals", "security", "audit"]);
const PLATFORM = "/admin";

/** What an action asks for that only staff may say. */
const OF_STAFF: Record<string, string[]> = { organizations: ["metadata"], roles: ["idle_minutes", "session_hours"] };

export function withinOrganization(meta: Meta, base: string): Meta {
  const applies = (name: string) =>
    meta.permissions.some((one) => one.name === name && one.scopes.includes("organization"));
  const resources = meta.resources
    .filter((resource) => resource.scope === "organization")
    .map((resource) => narrowed(meta, resource, applies))
    .sort((a, b) => rank(a) - rank(b));
  return {
    ...meta,
    resources,
    pages: meta.pages
      .filter((page) => PAGES.has(page.name))
      .map((page) => ({ ...page, path: base + page.path.slice(PLATFORM.length), allowed: isOpen(resources, page) })),
    settings: [],
    permissions: meta.permissions.filter((one) => one.scopes.includes("organization")),
  };
}

function rank(resource: ResourceMeta): number {
  const at = ORDER.indexOf(resource.name);
  return at < 0 ? ORDER.length : at;
}

function narrowed(meta: Meta, resource: ResourceMeta, applies: (permission: string) => boolean): ResourceMeta {
  const asks = (reference: unknown) =>
    typeof reference !== "string" || (reference !== "organizations" && isReadable(meta, reference));
  const fields = resource.fields.filter((field: FieldMeta) => asks(field.references) && !isScope(field));
  const actions = resource.actions.flatMap((action: ActionMeta) => {
    if (!applies(action.permission)) return [];
    const properties = Object.entries(action.input?.properties ?? {});
    const own = ([name, schema]: [string, JsonSchema]) =>
      asks(schema["x-references"]) && !OF_STAFF[resource.name]?.includes(name);
    const left = properties.filter(own).map(([name, schema]) => [name, withoutScope(schema)] as const);
    const gone = properties.filter((one) => !own(one)).map(([name]) => name);
    // What can't be done without choosing what isn't theirs to see is done elsewhere.
    if (action.input?.required?.some((name) => gone.includes(name))) return [];
    const input: JsonSchema | null = action.input && { ...action.input, properties: Object.fromEntries(left) };
    return [{ ...action, input }];
  });
  return { ...resource, fields, actions };
}

/** Only roles of organizations are there to choose from, so it isn't asked for those of staff. */
function withoutScope(schema: JsonSchema): JsonSchema {
  const { "x-filter": filter, ...rest } = schema;
  return filter === undefined || String(filter).startsWith("scope=") ? rest : schema;
}

/** `scope: staff or organization` says nothing where everything is an organization's. */
function isScope(field: FieldMeta): boolean {
  return field.name === "scope" && (field.options ?? []).some((option) => option.value === "platform");
}

function isReadable(meta: Meta, name: string): boolean {
  return meta.resources.some((resource) => resource.name === name && resource.scope === "organization");
}

function isOpen(resources: ResourceMeta[], page: PageMeta): boolean {
  const [name, verb] = (page.permission ?? "").split(":");
  const resource = resources.find((one) => one.name === name);
  if (!resource) return false;
  return verb === "read" ? resource.can_read : resource.actions.some((one) => one.name === verb && one.allowed);
}
