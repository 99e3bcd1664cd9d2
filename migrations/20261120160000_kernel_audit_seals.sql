-- The audit log is written once, by the change itself, so that an entry is there as soon as its change is. What makes
-- the log a chain stands beside it: the sealer writes down, many rows at a time, in which order they came and the
-- hash that each has after the one before it.
create table kernel.audit_seals (
  chain text not null,
  first bigint not null,
  ids uuid[] not null,
  hashes bytea[] not null,
  primary key (chain, first),
  constraint audit_seals_hashes_check check (cardinality(ids) = cardinality(hashes) and cardinality(ids) > 0)
);
grant select, insert on kernel.audit_seals to quarterdeck_platform;
create trigger append_only before update or delete on kernel.audit_seals for each row execute function kernel.refuse();
create trigger append_only_truncate before truncate on kernel.audit_seals for each statement execute function kernel.refuse();

-- Rows that are in no chain yet. Small and short-lived, so it needs no index.
create table kernel.audit_unsealed (id uuid not null);
grant select, insert, delete on kernel.audit_unsealed to quarterdeck_platform;
grant insert on kernel.audit_unsealed to quarterdeck_tenant, quarterdeck_explorer;

insert into kernel.audit_seals (chain, first, ids, hashes)
select chain, min(seq), array_agg(id order by seq), array_agg(hash order by seq) from kernel.audit_log group by chain, (seq - 1) / 1000;

-- Each of these was worked out from the entry's text, which was read once for every column. The panel fills them now,
-- and `audit verify` compares them with the text.
alter table kernel.audit_log
  drop column chain, drop column seq, drop column previous, drop column hash,
  alter column actor_kind drop expression, alter column actor_kind set not null,
  alter column actor_id drop expression,
  alter column actor_label drop expression, alter column actor_label set not null,
  alter column subject_id drop expression,
  alter column subject_label drop expression,
  alter column action drop expression, alter column action set not null,
  alter column target_kind drop expression,
  alter column target_id drop expression,
  alter column target_label drop expression,
  alter column changes drop expression, alter column changes set not null,
  alter column outcome drop expression, alter column outcome set not null,
  alter column request_id drop expression, alter column request_id set not null,
  alter column address drop expression,
  alter column detail drop expression;
-- As text that stays as it was written (jsonb is written anew), to be compared with the entry letter by letter.
alter table kernel.audit_log alter column changes type json using entry::json -> 'changes';
grant insert on kernel.audit_log to quarterdeck_tenant, quarterdeck_explorer;
create policy append on kernel.audit_log for insert to quarterdeck_tenant with check (organization_id = (select kernel.organization()));
create policy explorer_append on kernel.audit_log for insert to quarterdeck_explorer with check (true);

insert into kernel.audit_log (id, organization_id, entry, signature, at, actor_kind, actor_id, actor_label, subject_id, subject_label, action,
  target_kind, target_id, target_label, changes, outcome, request_id, address, detail)
select p.id, p.organization_id, p.entry, p.signature, e.at, e.actor_kind, e.actor_id, e.actor_label, e.subject_id, e.subject_label, e.action,
  e.target_kind, e.target_id, e.target_label, e.changes, e.outcome, e.request_id, e.address, e.detail
from kernel.audit_pending p, json_to_record(p.entry::json) as e(at timestamptz, actor_kind text, actor_id uuid, actor_label text,
  subject_id uuid, subject_label text, action text, target_kind text, target_id text, target_label text, changes json, outcome text,
  request_id text, address text, detail text);
insert into kernel.audit_unsealed select id from kernel.audit_pending;
drop table kernel.audit_pending;
