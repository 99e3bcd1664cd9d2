// A table with a column of every kind, as few real ones have.
export const EVERYTHING = `
  create type mood as enum ('calm', 'busy', 'on fire');
  create table everything (
    id bigint primary key generated always as identity,
    label varchar(40) not null unique default 'new',
    amount numeric(12,2) check (amount >= 0), factor double precision, big bigint, flag boolean, state mood,
    day date, clock time, moment timestamptz default now(), span interval,
    reference uuid default gen_random_uuid(), document jsonb, tags text[], raw bytea, period daterange, address inet, story text,
    double_amount numeric generated always as (amount * 2) stored
  );
  comment on column everything.big is 'More digits than a double can hold';
  insert into everything (label, amount, factor, big, flag, state, day, clock, span, document, tags, raw, period, address, story) values
    ('first', 1234.50, 0.1, 9223372036854775807, true, 'busy', '2026-11-20', '13:45', '1 day 02:30', '{"plan": {"name": "pro", "seats": 12}}', '{red,"two words",null}', '\\xdeadbeef', '[2026-01-01,2027-01-01)', '10.0.0.0/8', repeat('A long story. ', 400)),
    ('second', null, 'NaN', -1, null, null, null, null, null, null, '{}', null, 'empty', null, ''),
    ('third', 0, 1e300, 0, false, 'on fire', '0001-01-01 BC', '00:00', '-3 mons', '[]', null, '\\x', null, '::1', null);`;

/** Types that the panel doesn't know, as an unusual extension brings them along. */
export const STRANGE = `
  create type reading;
  create function reading_in(cstring) returns reading language internal immutable strict as 'textin';
  create function reading_out(reading) returns cstring language internal immutable strict as 'textout';
  create type reading (input = reading_in, output = reading_out, internallength = variable);
  create table sensor (id int primary key generated always as identity, name text not null, latest reading, readings reading[], seen_at timestamptz default now());
  insert into sensor (name, latest, readings) values ('Boiler', '81.2 C', '{"80.9 C","81.2 C"}'), ('Roof', '-3.5 C', '{}'), ('Cellar', null, null);
  create table calibration (id int primary key generated always as identity, sensor_id int references sensor, offset_by reading not null);`;

/** Faults that the advice finds, as tables get them. */
export const FAULTY = `
  create table sign_ups (id bigint primary key, email text not null, api_token text, artist_id int references artist);
  grant select, insert on sign_ups to anon;
  create table feedback (id bigint generated always as identity primary key, author uuid, message text);
  alter table feedback enable row level security;
  grant select, insert, delete on feedback to anon, authenticated;
  create policy "Anybody may write" on feedback for insert to anon with check (true);
  create policy "Own messages" on feedback for all to authenticated using (author is not null);
  create table import_2024 (line text, amount numeric);`;
