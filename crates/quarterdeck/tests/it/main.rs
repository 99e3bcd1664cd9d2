//! The whole product on a real PostgreSQL. `sweeps_*` go over everything the registry declares, `kernel_*` prove the
//! life of a change, `cli_*` and `nodes` run the real binary; every room adds its own files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on should stop loudly"
)]

mod house;
mod lab;

mod addresses;
mod cli_admin;
mod cli_binary;
mod cli_collections;
mod cli_recover;
mod cli_second_factor;
mod cli_seen_as;
mod explorer_audit;
mod explorer_lab;
mod explorer_read;
mod explorer_secrets;
mod explorer_seen_as;
mod explorer_seen_as_elsewhere;
mod explorer_seen_as_ends;
mod explorer_seen_as_escape;
mod explorer_sources;
mod explorer_types;
mod explorer_write;
mod faults_desk;
mod faults_impersonation;
mod faults_imports;
mod faults_managed;
mod faults_names;
mod faults_repeats;
mod faults_secrets;
mod faults_sign_in;
mod faults_tokens;
mod faults_web;
mod identity_account;
mod identity_at_once;
mod identity_database;
mod identity_elevation_mail;
mod identity_elevation_rules;
mod identity_elevations;
mod identity_explained;
mod identity_factors;
mod identity_forgotten;
mod identity_full;
mod identity_gate;
mod identity_guessing;
mod identity_impersonation;
mod identity_import_killed;
mod identity_imports;
mod identity_invitations;
mod identity_key_limits;
mod identity_key_organizations;
mod identity_key_roles;
mod identity_keys;
mod identity_limits;
mod identity_magic_link;
mod identity_member_sessions;
mod identity_organization_admin;
mod identity_organization_entry;
mod identity_organization_log;
mod identity_organizations;
mod identity_people;
mod identity_people_lists;
mod identity_registration;
mod identity_registration_codes;
mod identity_restrictions;
mod identity_roles;
mod identity_setup;
mod identity_sign_in;
mod identity_sso;
mod identity_sso_accounts;
mod identity_sso_certificates;
mod identity_sso_factors;
mod identity_sso_hostile;
mod identity_sso_invitations;
mod identity_sso_logout;
mod identity_staff;
mod identity_verification;
mod kernel_audit;
mod kernel_bad_input;
mod kernel_change;
mod kernel_database;
mod kernel_jobs;
mod kernel_outbox;
mod kernel_settings;
mod mail_queue;
mod mail_server;
mod mailed;
mod nodes;
mod outage;
mod process;
mod seen_lab;
mod sso_lab;
mod sweeps_access;
mod sweeps_audit;
mod sweeps_cases;
mod sweeps_documents;
mod sweeps_doors;
mod sweeps_members;
mod sweeps_organizations;
mod sweeps_people;
mod sweeps_registration;
mod sweeps_schema;
mod sweeps_seen_as;
mod sweeps_sso;
mod sweeps_tenants;
mod sweeps_world;
