//! The triggers that tell of a table's changes where the server's log can't be followed: their names, the SQL that makes
//! and removes them, and how it is run. It is the same for every table but for its name and its key, and shown before.

use crate::catalogue::Table;
use crate::source::open::Open;
use crate::wire::{Fault, Wire};
use kernel::list::{quote, quote_qualified};
use kernel::{Problem, Result};

pub const CHANNEL: &str = "quarterdeck_live";
/// The first stands for all.
pub const NAMES: [&str; 4] = ["quarterdeck_live_insert", "quarterdeck_live_update", "quarterdeck_live_delete", "quarterdeck_live_truncate"];

/// One at a time over all nodes. Nobody else may put the function into triggers of theirs.
const FUNCTION: &str = "select pg_catalog.pg_advisory_xact_lock(29028, 5);
do $guard$ begin
  if exists (
    select from pg_catalog.pg_namespace n left join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = 'tell'
    where n.nspname = 'quarterdeck_live' and current_user <> any (array[pg_catalog.pg_get_userbyid(n.nspowner), pg_catalog.pg_get_userbyid(coalesce(p.proowner, n.nspowner))])
  ) then
    raise insufficient_privilege using message = 'the schema quarterdeck_live, or the function in it, belongs to somebody else';
  end if;
end $guard$;
create schema if not exists quarterdeck_live;
create or replace function quarterdeck_live.tell() returns trigger language plpgsql
  set search_path = pg_catalog, pg_temp set datestyle = 'ISO, MDY' set timezone = 'UTC' set intervalstyle = 'postgres'
  set bytea_output = 'hex' set extra_float_digits = 1
as $tell$
declare
  number bigint := 0;
  key text;
  keys json;
  told text;
  actor text := nullif(current_setting('quarterdeck.actor', true), '');
begin
  if tg_op <> 'TRUNCATE' then
    select count(*) into number from changed;
    if number = 0 then
      return null;
    end if;
    if tg_nargs > 0 and number <= 200 then
      begin
        select string_agg(format('%I::text', name), ', ') into key from unnest(tg_argv) name;
        execute format('select json_agg(json_build_array(%s)) from changed', key) into keys;
      exception when others then
        -- A key that has changed since: the write goes on, and nobody is told which rows.
        keys := null;
      end;
    end if;
  end if;
  told := json_build_object('table', json_build_array(tg_table_schema, tg_table_name), 'done', tg_op, 'rows', number, 'keys', keys, 'by', actor);
  if octet_length(told) >= 8000 then
    told := json_build_object('table', json_build_array(tg_table_schema, tg_table_name), 'done', tg_op, 'rows', number, 'keys', null, 'by', actor);
  end if;
  perform pg_notify('quarterdeck_live', told);
  return null;
end
$tell$;
revoke all on function quarterdeck_live.tell() from public;
";

/// What makes the triggers of a table, in place of older ones.
#[must_use]
pub fn making(table: &Table) -> String {
    let [insert, update, delete, truncate] = NAMES;
    let on = quote_qualified(&table.schema, &table.name);
    let key = table.primary_key.iter().map(|column| literal(column)).collect::<Vec<_>>().join(", ");
    let run = format!("for each statement execute function quarterdeck_live.tell({key});");
    format!(
        "{FUNCTION}{}create trigger {insert} after insert on {on} referencing new table as changed {run}
create trigger {update} after update on {on} referencing new table as changed {run}
create trigger {delete} after delete on {on} referencing old table as changed {run}
create trigger {truncate} after truncate on {on} {run}
",
        removing(table)
    )
}

/// What removes them.
#[must_use]
pub fn removing(table: &Table) -> String {
    let on = quote_qualified(&table.schema, &table.name);
    NAMES.map(|name| format!("drop trigger if exists {} on {on};\n", quote(name))).concat()
}

/// An argument of a trigger, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let text = text.replace('\0', "").replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", text.replace('\\', "\\\\")) } else { format!("'{text}'") }
}

/// Runs it as who owns the source's tables, all or nothing.
///
/// # Errors
/// 403 with the SQL when they may not, 503 when the source is away.
pub async fn run(source: &Open, sql: &str) -> Result<()> {
    let ran = async {
        let mut wire = Wire::connect(&source.follower()).await?;
        wire.command("set statement_timeout = '30s'; set lock_timeout = '5s'").await?;
        wire.command(sql).await
    };
    ran.await.map_err(|fault| match &fault {
        Fault::Server(error) if error.code == "42501" => Problem::refused(format!(
            "The panel may not do this in the source {}: {}. Let somebody who may run the SQL beside this.",
            source.name, error.message
        ))
        .with("sql", sql),
        Fault::Server(error) if error.code == "55P03" => {
            Problem::conflict("Somebody else holds this table. Nothing was changed; try again.", None)
        }
        Fault::Server(error) => Problem::conflict(format!("PostgreSQL refuses it: {}", error.message), None),
        fault => Problem::unavailable(format!("The source {} can't be reached: {fault}", source.name)),
    })
}
