-- What a row of the log is about, by the name of its action. How long rows are kept goes by it; the panel reckons it again, from the
-- signed text, before it removes anything.
create function kernel.audit_class(action text) returns text immutable parallel safe language sql as $$
  select case
    when $1 in ('rows.reveal', 'rows.export', 'rows.compare', 'rows.explain', 'rows.watch', 'sql.read', 'sql.export', 'audit.export', 'users.impersonate')
      or $1 like 'row-exports.%' or $1 like 'impersonation%' then 'access'
    when $1 like 'sessions.%' or $1 like 'user-sessions.%' or $1 like 'member-sessions.%' then 'sign_in'
    when $1 like 'roles.%' or $1 like 'staff%' or $1 like 'keys.%' or $1 like 'restrictions.%' or $1 like 'hours.%' or $1 like 'identity-providers.%'
      or $1 like 'elevations.%' or $1 like 'settings.%' or $1 like 'sensitive-columns.%' or $1 like 'audit.%' or $1 like 'registration-codes.%'
      or $1 like '%invitations.%' or $1 like '%factor%' or $1 like '%password%' or $1 like '%.change-role' or $1 like '%.make-owner' or $1 like '%-ownership'
      then 'security'
    else 'change'
  end
$$;

-- What `search=` looks through. Cut, so that no single change makes the index large.
create function kernel.audit_words(actor text, subject text, action text, target text, target_id text, detail text, changes json) returns text
immutable parallel safe language sql as $$
  select $1 || ' ' || coalesce($2, '') || ' ' || $3 || ' ' || coalesce(left($4, 200), '') || ' ' || coalesce(left($5, 60), '') || ' ' || coalesce(left($6, 300), '')
    || ' ' || left($7::text, 700)
$$;

-- Each is read backwards: the newest of what was asked for first.
create index audit_log_class_idx on kernel.audit_log (kernel.audit_class(action), at, id);
create index audit_log_action_idx on kernel.audit_log (action, at, id);
create index audit_log_request_idx on kernel.audit_log (request_id);
create index audit_log_subject_idx on kernel.audit_log (subject_id, at, id) where subject_id is not null;
create index audit_log_address_idx on kernel.audit_log (address, at, id) where address is not null;
create index audit_log_outcome_idx on kernel.audit_log (outcome, at, id) where outcome <> 'ok';
do $$
declare operators text;
begin
  select quote_ident(n.nspname) || '.gin_trgm_ops' into operators from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if operators is not null then
    execute format('create index audit_log_words_idx on kernel.audit_log using gin (kernel.audit_words(actor_label, subject_label, action, target_label, '
      'target_id, detail, changes) %s)', operators);
  end if;
end $$;

-- Rows that retention removed. Each pruning is signed over the place, the id and the hash of its rows, which the seals keep.
create table kernel.audit_prunings (
  id uuid primary key,
  chain text not null,
  class text not null,
  before timestamptz not null,
  at timestamptz not null,
  ids uuid[] not null,
  signature bytea not null,
  constraint audit_prunings_ids_check check (cardinality(ids) > 0)
);
create index audit_prunings_chain_idx on kernel.audit_prunings (chain, at);
grant select, insert on kernel.audit_prunings to quarterdeck_platform;
create trigger append_only before update or delete on kernel.audit_prunings for each row execute function kernel.refuse();
create trigger append_only_truncate before truncate on kernel.audit_prunings for each statement execute function kernel.refuse();

-- The only way a row of the log is removed: by a pruning that is written down, and none that is younger than 30 days.
create function kernel.refuse_unless_pruned() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('app.pruning', true) = 'on' then
    return old;
  end if;
  raise exception 'The audit log only grows: % of kernel.% is refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
drop trigger append_only on kernel.audit_log;
create trigger append_only before update or delete on kernel.audit_log for each row execute function kernel.refuse_unless_pruned();
-- The log is closed to the database's owner, too, whose function this is.
do $$
begin
  execute format('create policy pruned on kernel.audit_log to %I using (current_setting(''app.pruning'', true) = ''on'')', current_user);
end $$;
create function kernel.prune_audit(pruning uuid) returns bigint volatile language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare removed bigint;
begin
  perform set_config('app.pruning', 'on', true);
  delete from kernel.audit_log l using (select unnest(p.ids) as id from kernel.audit_prunings p where p.id = pruning) as named
    where l.id = named.id and l.at < coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()) - interval '30 days';
  get diagnostics removed = row_count;
  perform set_config('app.pruning', '', true);
  return removed;
end $$;
revoke all on function kernel.prune_audit(uuid) from public;
grant execute on function kernel.prune_audit(uuid) to quarterdeck_platform;

-- What was checked, when, and what was found.
create table kernel.audit_verifications (
  id uuid primary key,
  state text not null default 'queued',
  asked_by text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  percent smallint not null default 0,
  chains bigint not null default 0,
  rows bigint not null default 0,
  pruned bigint not null default 0,
  found bigint not null default 0,
  findings jsonb not null default '[]',
  error text,
  constraint audit_verifications_state_check check (state in ('queued', 'running', 'done', 'failed'))
);
create index audit_verifications_created_idx on kernel.audit_verifications (created_at, id);
grant select, insert, update, delete on kernel.audit_verifications to quarterdeck_platform;

-- Statements of all heads that were written outside of the database.
create table kernel.audit_checkpoints (
  series uuid not null,
  number bigint not null,
  at timestamptz not null,
  file text not null,
  chains bigint not null,
  problems jsonb not null default '[]',
  primary key (series, number)
);
create index audit_checkpoints_at_idx on kernel.audit_checkpoints (at);
grant select, insert on kernel.audit_checkpoints to quarterdeck_platform;
