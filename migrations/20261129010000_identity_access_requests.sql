-- Requests of a key that are alike within a second are one line of its log, with their number.
alter table identity.accesses add column requests integer not null default 1 constraint accesses_requests_check check (requests > 0);
grant select (requests) on identity.accesses to quarterdeck_explorer;
