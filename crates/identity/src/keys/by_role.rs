//! What a role lets the API keys of its holders be: how long they work and how often they ask, at most. It counts when a
//! key is made, changed or rotated. Where nothing is said it is the most that is allowed; asking for more is refused.
//! Of the maker's role and of the key's own the stricter one counts.

use super::store;
use crate::role::OWNER;
use crate::roles::Role;
use crate::{given, role};
use chrono::{DateTime, Duration, Utc};
use kernel::field::int;
use kernel::{Action, ActorKind, Caller, Ctx, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// The roles, with what they let keys be.
pub(crate) fn with(roles: Resource<Role>) -> Resource<Role> {
    roles
        .field(
            int("key_days")
                .label("Keys work for days")
                .help("At most, those that holders make from now on; empty for no limit")
                .read_only()
                .detail_only()
                .sql("select l.days from identity.role_key_limits l where l.role_id = t.id"),
        )
        .field(
            int("key_per_minute")
                .label("Requests of a key per minute")
                .help("At most, those that holders make from now on; empty for no limit")
                .read_only()
                .detail_only()
                .sql("select l.per_minute from identity.role_key_limits l where l.role_id = t.id"),
        )
        .action(
            Action::new("set-key-limits", set)
                .label("Set limits of keys")
                .icon("gauge")
                .confirm("It counts for keys that are made, changed or rotated from now on. Those that are there stay as they are.")
                .in_person()
                .platform_only()
                .guard(|caller: &Caller, role: &Role| {
                    (role.name == OWNER && !role::is_owner(caller)).then(|| "Only an owner can limit the keys of owners".to_owned())
                }),
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Set {
    /// At most; empty for no limit
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(title = "Keys work for days", with = "Option<i32>", range(min = 1, max = 3650))]
    key_days: Option<Option<i32>>,
    /// At most; empty for no limit
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(title = "Requests of a key per minute", with = "Option<i32>", range(min = 1, max = 1_000_000))]
    key_per_minute: Option<Option<i32>>,
}

async fn set(ctx: &mut Ctx, target: Role, input: Set) -> Result<Value> {
    store::limit_role(ctx.db(), target.id, input.key_days, input.key_per_minute).await?;
    ctx.emit(crate::role_rules::RoleRulesChanged { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

/// What a key may be at most that this caller makes.
pub(super) struct Bounds {
    pub days: Option<i32>,
    pub per_minute: Option<i32>,
}

/// For a key in this organization, or in none, with a role of its own or as far as its maker.
pub(super) async fn bounds(ctx: &Ctx, maker: Uuid, organization: Option<Uuid>, role: Option<Uuid>) -> Result<Bounds> {
    let makers = if ctx.actor().kind == ActorKind::Staff {
        store::role_of_staff(ctx.db(), maker).await?
    } else if let Some(organization) = organization {
        store::role_of_member(ctx.db(), maker, organization).await?
    } else {
        None
    };
    let roles: Vec<Uuid> = [makers, role].into_iter().flatten().collect();
    store::bounds(ctx.db(), &roles).await
}

impl Bounds {
    /// The end of a key: as asked, or the latest there may be.
    pub(super) fn end(&self, asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let Some(days) = self.days else { return Ok(asked) };
        let latest = now + Duration::days(i64::from(days));
        match asked {
            Some(end) if end > latest => {
                let why = format!("Your role lets keys work for at most {days} days: until {}", latest.format("%Y-%m-%d %H:%M UTC"));
                Err(Problem::field("expires_at", "limit", why))
            }
            Some(end) => Ok(Some(end)),
            None => Ok(Some(latest)),
        }
    }

    /// How often a key may ask within a minute: as asked, or the most there may be.
    pub(super) fn rate(&self, asked: Option<i32>) -> Result<Option<i32>> {
        match (self.per_minute, asked) {
            (Some(most), Some(asked)) if asked > most => {
                let why = format!("Your role lets keys make at most {most} requests per minute");
                Err(Problem::field("per_minute", "limit", why))
            }
            (most, asked) => Ok(asked.or(most)),
        }
    }
}
