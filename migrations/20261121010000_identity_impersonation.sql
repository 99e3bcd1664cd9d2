-- What proves an impersonation: a code that turns into a cookie once, both kept as hashes, bound to the session of the
-- member of staff who asked for it. Apart from the evidence, which holds nothing secret.
create table auth.impersonation_tokens (
  impersonation_id uuid primary key,
  staff_session_id uuid not null,
  code_hash bytea not null,
  code_expires_at timestamptz not null,
  token_hash bytea,
  constraint impersonation_tokens_code_hash_key unique (code_hash),
  constraint impersonation_tokens_token_hash_key unique (token_hash),
  constraint impersonation_tokens_impersonation_id_fkey foreign key (impersonation_id) references auth.impersonation_sessions (id) on delete cascade,
  constraint impersonation_tokens_staff_session_id_fkey foreign key (staff_session_id) references dashboard_auth.sessions (id) on delete cascade
);
create index impersonation_tokens_staff_session_id_idx on auth.impersonation_tokens (staff_session_id);
grant select, insert, delete on auth.impersonation_tokens to quarterdeck_platform;
grant update (token_hash) on auth.impersonation_tokens to quarterdeck_platform;
