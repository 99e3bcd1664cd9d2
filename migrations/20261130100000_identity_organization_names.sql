-- Which organizations there are is nobody's business but the platform's: a name that is taken would tell. Two may have the
-- same name; the id tells them apart.
drop index identity.organizations_name_key;
create index organizations_lower_name_idx on identity.organizations (lower(name));
