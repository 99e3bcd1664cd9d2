-- Registrations that wait are listed for staff; codes say why they don't work.

create index registrations_created_at_idx on auth.registrations (created_at desc, id desc);

-- Since when whoever made it may no longer give what it gives. It is looked at again whenever that may have changed, and at every use.
alter table identity.registration_codes add column lapsed_at timestamptz;
grant update (lapsed_at) on identity.registration_codes to quarterdeck_platform;
grant select (lapsed_at) on identity.registration_codes to quarterdeck_tenant, quarterdeck_explorer;
