-- An impersonation that was asked for on the command line begins in a browser: whichever session of the same member of
-- staff opens its link is the one it is bound to from then on.
grant update (staff_session_id) on auth.impersonation_tokens to quarterdeck_platform;
