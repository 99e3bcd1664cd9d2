-- What staff do to an organization stands in its log. It reads that staff did it and who, never by which key and from where.
-- True only for who reads within an organization: staff themselves, and their keys, which the organization doesn't see.
create function kernel.by_staff(kind text, actor uuid) returns boolean stable language sql as $$
  select kernel.organization() is not null
    and ($1 = 'staff' or $1 = 'key' and not exists (select from identity.api_keys k where k.id = $2))
$$;

-- An organization looks at the newest entries of its own log first.
create index audit_log_organization_idx on kernel.audit_log (organization_id, at, id) where organization_id is not null;
