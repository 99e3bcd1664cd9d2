-- Schedules: what their rooms declare, what operators said instead, and a ledger with one row for each slot, so that two
-- schedulers never do one slot twice.

alter table kernel.schedules
  add column id uuid not null default gen_random_uuid(),
  add column kind text,
  -- As the room declares it, written by every node that starts; without it nobody has yet.
  add column declared_cron text,
  add column declared_zone text,
  add column declared_jitter_seconds integer,
  add column declared_overlap text,
  add column declared_missed text,
  add column declared_missed_most integer,
  add column declared_at timestamptz,
  -- What operators said instead.
  add column cron text,
  add column zone text,
  add column jitter_seconds integer,
  add column overlap text,
  add column missed text,
  add column missed_most integer,
  add column paused_at timestamptz,
  add column version bigint not null default 1,
  add column updated_at timestamptz not null default now(),
  drop constraint schedules_pkey,
  add constraint schedules_pkey primary key (id),
  add constraint schedules_name_key unique (name),
  add constraint schedules_jitter_seconds_check check (jitter_seconds between 0 and 86400),
  add constraint schedules_overlap_check check (overlap in ('skip', 'queue', 'replace')),
  add constraint schedules_missed_check check (missed in ('skip', 'once', 'all')),
  add constraint schedules_missed_most_check check (missed_most between 1 and 100);
-- Only what people change makes another version; when it comes next changes all the time.
create trigger touch before update of declared_cron, declared_zone, declared_jitter_seconds, declared_overlap, declared_missed, declared_missed_most,
  cron, zone, jitter_seconds, overlap, missed, missed_most, paused_at on kernel.schedules for each row execute function kernel.touch();

create table kernel.schedule_slots (
  id uuid not null,
  schedule text not null,
  slot timestamptz not null,
  outcome text not null,
  -- Why nothing was queued for it.
  reason text,
  -- How many slots before it were missed too and have no row of their own.
  unlisted integer not null default 0,
  by_hand boolean not null default false,
  job_id uuid,
  decided_at timestamptz not null,
  constraint schedule_slots_pkey primary key (id),
  constraint schedule_slots_slot_key unique (schedule, slot),
  constraint schedule_slots_outcome_check check (outcome in ('ran', 'late', 'merged', 'skipped')),
  constraint schedule_slots_reason_check check (reason in ('paused', 'missed', 'too_many', 'unfinished', 'queue_full')),
  constraint schedule_slots_skipped_check check ((reason is not null) = (outcome = 'skipped')),
  constraint schedule_slots_job_id_check check ((job_id is not null) = (outcome in ('ran', 'late')))
);
create index schedule_slots_at_idx on kernel.schedule_slots (slot);
grant select, insert, update, delete on kernel.schedule_slots to quarterdeck_platform;

-- Whether the one before has ended, and who waits for that.
create index jobs_schedule_idx on kernel.jobs (schedule, scheduled_for) where schedule is not null;
