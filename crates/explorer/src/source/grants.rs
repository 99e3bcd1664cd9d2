//! The explorer's rights on the panel's own server: everything but the panel's schemas, given by the owner.
//!
//! Given at first use, and again when a table turns up on which they are missing. Default privileges cover what the
//! owner makes later. What the owner may not give (somebody else's table) is left, and shown as not allowed.

use super::session::prepared;
use crate::wire::Way;
use kernel::{Problem, Result};
use pgtls::TlsMode;
use std::collections::BTreeSet;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls};

/// Unknown roles are treated as the highest.
const ABOVE: &str = "select rolsuper or rolname = $2 from pg_catalog.pg_roles where rolname = $1";
/// The owner waits for nobody's locks for long.
const PATIENCE: &str = "select set_config('lock_timeout', '3s', false), set_config('search_path', '', false)";
const PANEL: &str = "select set_config('explorer.panel_schemas', $1, false)";

/// One run at a time over all nodes; each grant by itself, so that one refusal doesn't take the others along. A
/// `service_role` that the panel made may what the explorer may; one that was there before has the rights it was given.
const GIVE: &str = "
do $$
declare
  panel text[] := string_to_array(current_setting('explorer.panel_schemas'), ',');
  whom text;
  space record;
  rel record;
begin
  perform pg_advisory_xact_lock(29028, 2);
  if to_regrole('quarterdeck_schema') is not null then
    begin
      execute format('grant create on database %I to quarterdeck_schema', current_database());
      -- What is made through the panel can be seen in the panel.
      alter default privileges for role quarterdeck_schema grant usage on schemas to quarterdeck_explorer;
      alter default privileges for role quarterdeck_schema grant select, insert, update, delete on tables to quarterdeck_explorer;
      alter default privileges for role quarterdeck_schema grant usage, select on sequences to quarterdeck_explorer;
    exception when insufficient_privilege then
      null;
    end;
    for space in
      select n.nspname from pg_namespace n
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all (panel)
        and not has_schema_privilege('quarterdeck_schema', n.oid, 'create')
    loop
      begin
        execute format('grant create, usage on schema %I to quarterdeck_schema', space.nspname);
      exception when insufficient_privilege then
        null;
      end;
    end loop;
  end if;
  for whom in
    select 'quarterdeck_explorer'
    union all select rolname from pg_roles where rolname = 'service_role' and shobj_description(oid, 'pg_authid') = 'Made by Quarterdeck'
  loop
    for space in
      select n.oid, n.nspname from pg_namespace n
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all (panel)
    loop
      begin
        if not has_schema_privilege(whom, space.oid, 'usage') then
          execute format('grant usage on schema %I to %I', space.nspname, whom);
        end if;
        if not exists (
          select from pg_default_acl d, aclexplode(d.defaclacl) a
          where d.defaclnamespace = space.oid and d.defaclobjtype = 'r' and a.grantee = quote_ident(whom)::regrole
            and d.defaclrole = current_user::regrole
        ) then
          execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', space.nspname, whom);
          execute format('alter default privileges in schema %I grant usage, select on sequences to %I', space.nspname, whom);
        end if;
      exception when insufficient_privilege then
        null;
      end;
    end loop;
    for rel in
      select c.oid, c.relkind, n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all (panel)
        -- What an extension brought along has its own rights.
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        and case c.relkind
          when 'S' then not has_sequence_privilege(whom, c.oid, 'usage')
          else not (has_table_privilege(whom, c.oid, 'select') and has_table_privilege(whom, c.oid, 'insert')
            and has_table_privilege(whom, c.oid, 'update') and has_table_privilege(whom, c.oid, 'delete'))
          end
    loop
      begin
        if rel.relkind = 'S' then
          execute format('grant usage, select on sequence %I.%I to %I', rel.nspname, rel.relname, whom);
        else
          execute format('grant select, insert, update, delete on table %I.%I to %I', rel.nspname, rel.relname, whom);
        end if;
      exception when insufficient_privilege or undefined_table or undefined_object then
        null;
      end;
    end loop;
  end loop;
end $$";

/// Who gives, and what was tried.
pub(crate) struct Grants {
    owner: Config,
    tls: TlsMode,
    panel_schemas: Vec<String>,
    /// Tables on which rights were missing when they were last given: trying again would change nothing.
    hopeless: Mutex<BTreeSet<u32>>,
}

impl Grants {
    pub fn new(owner: Config, tls: TlsMode, panel_schemas: Vec<String>) -> Self {
        Self { owner, tls, panel_schemas, hopeless: Mutex::new(BTreeSet::new()) }
    }

    /// How the owner connects.
    #[must_use]
    pub fn way(&self) -> Way {
        Way::of(self.owner.clone(), self.tls.clone())
    }

    /// Gives everything once. A failure is logged: what is granted already can still be read.
    pub async fn first(&self) {
        let _one_at_a_time = self.hopeless.lock().await;
        self.run().await;
    }

    /// Gives again when one of these tables is new; whether it did.
    pub async fn cover(&self, lacking: &[u32]) -> bool {
        let mut hopeless = self.hopeless.lock().await;
        if lacking.iter().all(|oid| hopeless.contains(oid)) {
            return false;
        }
        self.run().await;
        hopeless.extend(lacking);
        true
    }

    async fn run(&self) {
        if let Err(error) = self.give().await {
            tracing::warn!(error = %error, cause = ?std::error::Error::source(&error), "the explorer could not be given its rights on new tables");
        }
    }

    async fn give(&self) -> Result<()> {
        let (client, running) = self.connect().await?;
        let schemas = self.panel_schemas.join(",");
        let given = async {
            client.query_one(PANEL, &[&schemas]).await?;
            client.batch_execute(GIVE).await
        }
        .await;
        drop(client);
        // The connection ends with its client; how it ended changes nothing.
        let _ended = running.await;
        given.map_err(Problem::from)
    }

    /// Whether a role is that of the panel's database or a superuser: nobody is given its rights.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn is_above(&self, role: &str, panel_owner: &str) -> Result<bool> {
        let (client, running) = self.connect().await?;
        let found = client.query_opt(ABOVE, &[&role, &panel_owner]).await;
        drop(client);
        let _ended = running.await;
        Ok(found?.is_none_or(|row| row.get(0)))
    }

    /// Runs one statement of the panel's own as the owner of its database. Nothing that somebody wrote gets here.
    ///
    /// # Errors
    /// What PostgreSQL refuses.
    pub async fn run_as_owner(&self, sql: &str) -> Result<Result<(), tokio_postgres::Error>> {
        let (client, running) = self.connect().await?;
        let done = client.query_one(PATIENCE, &[]).await;
        let done = match done {
            Ok(_) => client.execute(sql, &[]).await.map(drop),
            Err(error) => Err(error),
        };
        drop(client);
        let _ended = running.await;
        Ok(done)
    }

    async fn connect(&self) -> Result<(Client, JoinHandle<Result<(), tokio_postgres::Error>>)> {
        let (config, tls) = prepared(self.owner.clone(), self.tls.clone());
        if tls == TlsMode::Disable {
            let (client, connection) = config.connect(NoTls).await?;
            return Ok((client, tokio::spawn(connection)));
        }
        let (client, connection) = config.connect(tls.connector().map_err(|e| Problem::unavailable(e.to_string()))?).await?;
        Ok((client, tokio::spawn(connection)))
    }
}
