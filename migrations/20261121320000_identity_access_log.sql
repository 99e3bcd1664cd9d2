-- A log outlives what it is about, and checking every row of a batch against its key costs more than writing it.
alter table identity.accesses drop constraint accesses_key_id_fkey, drop constraint accesses_organization_id_fkey;
