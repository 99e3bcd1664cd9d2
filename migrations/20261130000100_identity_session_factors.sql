-- With what a session that came into an organization was proved: whoever asks their members for a second factor may have
-- shown theirs to a provider. Which sessions these are is the row policy's matter, as ever.
grant select (factors) on auth.sessions to quarterdeck_tenant;
