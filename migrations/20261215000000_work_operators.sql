-- Operators run jobs again, cancel and forget them, and pause and limit queues.

alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{jobs:*,queues:*}' where scope = 'platform' and built_in and name = 'operator';
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
