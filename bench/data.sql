-- One million customers, twelve columns, six indexes; the same on every run.
drop table if exists public.customer;
create table public.customer (
  id bigint primary key,
  name text not null,
  email text not null,
  status text not null,
  city text,
  country text not null,
  score integer not null,
  balance numeric(12, 2) not null,
  vip boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  note text
);
insert into public.customer
select i, 'Customer ' || i, 'customer' || i || '@example.com', (array['active', 'active', 'active', 'trial', 'paused', 'closed', 'active', 'lead'])[1 + i % 8],
  case when i % 10 = 0 then null else 'City ' || i % 5000 end, (array['DE', 'FR', 'GB', 'US', 'IT'])[1 + i % 5], (i::bigint * 7919) % 1000,
  ((i::bigint * 31) % 1000000) / 100.0, i % 50 = 0, timestamptz '2020-01-01 00:00+00' + i * interval '2 minutes', timestamptz '2026-01-01 00:00+00' + (i % 1000) * interval '1 minute',
  case when i % 3 = 0 then 'Note ' || i end
from generate_series(1, 1000000) i;
create index customer_email_idx on public.customer (email);
create index customer_status_created_at_idx on public.customer (status, created_at, id);
create index customer_created_at_idx on public.customer (created_at, id);
create index customer_country_idx on public.customer (country);
create index customer_score_idx on public.customer (score);
vacuum (analyze, freeze) public.customer;
