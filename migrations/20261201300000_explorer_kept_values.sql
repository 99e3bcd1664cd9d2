-- Values of changed rows that the audit log cuts, whole, so that a change can be taken back for some time.

create table explorer.kept_values (
  -- The audit entry of the change.
  entry uuid primary key,
  at timestamptz not null,
  -- `{"column": {"before": …, "after": …}}` as it was written, signed together with the entry's id.
  changes text not null,
  signature bytea not null
);
create index kept_values_at_idx on explorer.kept_values (at);
-- Written together with the change, by whoever changes rows; read by nobody else than the panel itself.
grant insert on explorer.kept_values to quarterdeck_explorer;
grant select, insert, delete on explorer.kept_values to quarterdeck_platform;
