-- Changes of every row that a predicate finds: one line for each, and in pieces what the rows were before, so that such
-- a change can be taken back as one.
create table explorer.batches (
  id uuid primary key,
  source text not null,
  schema_name text not null,
  table_name text not null,
  -- The table itself: another one of the same name is not meant.
  table_oid bigint not null,
  verb text not null,
  mode text not null,
  -- What was asked, as JSON whose numbers are kept as they were written.
  asked text not null,
  expected bigint not null,
  -- The batch that this one takes back.
  undoes uuid,
  -- Whether an undo leaves rows that were changed again since, rather than all.
  leave_changed boolean not null default false,
  status text not null default 'running',
  -- What whoever began it wants it to do at its next step.
  wish text,
  -- Whether the keys of its pieces are all there; of those that are done in pieces.
  collected boolean not null default false,
  changed bigint not null default 0,
  skipped bigint not null default 0,
  -- Columns whose values the pieces have, and why it can't be taken back.
  columns text[] not null default '{}',
  no_undo text,
  kept_bytes bigint not null default 0,
  error text,
  job_id uuid,
  -- Which of the attempts may go on; a higher one has taken it away from the others.
  attempt int not null default 0,
  -- The transaction of the source that was about to be committed: tells afterwards whether it was.
  txid bigint,
  actor_kind text not null,
  actor_id uuid,
  actor_label text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  said_at timestamptz,
  finished_at timestamptz,
  constraint batches_verb_check check (verb in ('update', 'delete', 'undo')),
  constraint batches_mode_check check (mode in ('atomic', 'chunked')),
  constraint batches_status_check check (status in ('running', 'paused', 'done', 'failed', 'cancelled')),
  constraint batches_wish_check check (wish in ('pause', 'cancel')),
  constraint batches_undoes_fkey foreign key (undoes) references explorer.batches (id) on delete cascade
);
create index batches_table_idx on explorer.batches (source, schema_name, table_name, actor_id, created_at desc);
create index batches_status_idx on explorer.batches (status) where status = 'running';
create index batches_undoes_idx on explorer.batches (undoes);
grant select, insert, update, delete on explorer.batches to quarterdeck_platform;
-- What was asked has values of rows in it; it is shown by the panel's own page.
grant select (id, source, schema_name, table_name, verb, mode, expected, undoes, status, changed, skipped, error, job_id, actor_kind, actor_id, actor_label,
  created_at, started_at, finished_at) on explorer.batches to quarterdeck_explorer;

create table explorer.batch_pieces (
  batch_id uuid not null,
  number int not null,
  -- Keys of rows that are still to be changed, as JSON.
  keys text,
  -- The transaction that changed them, and whether it is known to have been committed.
  txid bigint,
  done boolean not null default false,
  rows bigint not null default 0,
  -- Keys and values before, as JSON, signed together with the batch, the number and the transaction.
  content text,
  signature bytea,
  constraint batch_pieces_pkey primary key (batch_id, number),
  constraint batch_pieces_batch_id_fkey foreign key (batch_id) references explorer.batches (id) on delete cascade
);
alter table explorer.batch_pieces alter column keys set storage external, alter column content set storage external;
grant select, insert, update, delete on explorer.batch_pieces to quarterdeck_platform;
