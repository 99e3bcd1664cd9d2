-- PostgreSQL 14 lets everybody make tables in `public`; from 15 on nobody but the owner may. The explorer's login makes
-- nothing anywhere. Only the schema's owner can take this back; for anybody else it is a warning and changes nothing.
revoke create on schema public from public;
