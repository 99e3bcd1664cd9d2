// Which other collections belong to an object: those whose objects refer to it, read from the registry.
import type { Meta, ResourceMeta } from "~/lib/meta";

export interface Related {
  resource: ResourceMeta;
  /** The field that refers to the object. */
  field: string;
}

/** `invited_by`, `accepted_by`: who did something to it, which is what the activity tells. */
const DOER = /_by$/;

export function relatedTo(meta: Meta, resource: ResourceMeta): Related[] {
  const related: Related[] = [];
  for (const other of meta.resources) {
    if (!other.can_read || other.name === resource.name) continue;
    const field = other.fields.find((one) => one.references === resource.name && one.filter && !DOER.test(one.name));
    if (field) related.push({ resource: other, field: field.name });
  }
  return related;
}
