-- The log grows at its newest end. Upwards, new entries go to the end of each index, which costs least; read backwards
-- they give the newest first all the same.
drop index kernel.audit_log_at_idx;
drop index kernel.audit_log_target_idx;
drop index kernel.audit_log_actor_idx;
create index audit_log_at_idx on kernel.audit_log (at, id);
create index audit_log_target_idx on kernel.audit_log (target_kind, target_id, at, id);
create index audit_log_actor_idx on kernel.audit_log (actor_id, at, id);
