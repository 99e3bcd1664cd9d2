/** What a form or a dialog is about to ask, to take along as a command or a request. Secrets stay in the form. */
import type { Asked } from "~/kit/copy-as/copy-as";
import { type ActionMeta, type FieldMeta, idOf, type ResourceMeta } from "~/lib/meta";
import { pathOf, type Target } from "./actions";

type Input = Record<string, unknown>;

/** Creating, a verb, or deleting. */
export function askedOf(
  resource: ResourceMeta,
  action: ActionMeta,
  target: Target,
  fields: readonly FieldMeta[],
  values: Input,
): Asked {
  const path = pathOf(resource, action, target);
  const input = told(fields, values);
  const given = Object.keys(input).length > 0;
  if (target.kind === "many") {
    const { filter, expected, except } = target;
    return {
      method: "POST",
      path,
      query: [],
      body: { filter, expected, except, input },
    };
  }
  const command = [resource.name, action.name, ...(target.kind === "one" ? [idOf(target.row)] : [])];
  if (action.kind === "delete") return { method: "DELETE", path, query: [], headers: { "If-Match": "*" }, command };
  return { method: "POST", path, query: [], body: given ? input : undefined, command };
}

/** Changing fields of one object, as it was when the form opened. */
export function askedToChange(
  resource: ResourceMeta,
  id: string,
  version: string | null,
  fields: readonly FieldMeta[],
  changed: Input,
): Asked {
  return {
    method: "PATCH",
    path: `/${resource.name}/${encodeURIComponent(id)}`,
    query: [],
    headers: { "If-Match": version === null ? "*" : `"${version}"` },
    body: told(fields, changed),
    command: [resource.name, "update", id, ...(version === null ? [] : ["--if-match", version])],
  };
}

/** Values without secrets, of which only the place stays. */
function told(fields: readonly FieldMeta[], values: Input): Input {
  const secrets = new Set(fields.filter((field) => field.secret || field.type === "password").map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, secrets.has(name) ? `<${name}>` : value]),
  );
}
