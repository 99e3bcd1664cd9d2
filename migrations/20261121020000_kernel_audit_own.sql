-- What is refused to a user who acts for no organization belongs into the log, too.
alter policy append on kernel.audit_log with check (organization_id is not distinct from (select kernel.organization()));
