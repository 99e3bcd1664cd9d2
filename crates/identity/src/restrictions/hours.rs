//! Sign-in hours: when staff with a role may sign in, and, where it is said so, may do anything at all. An organization
//! has hours of its own for its roles: when they may come into it (see [`crate::entry`]).
//! Emits `hours.created`, `hours.updated`, `hours.deleted`.

use super::store::{self, NewHours};
use crate::fact::fact;
use crate::{entry, memberships, role};
use chrono::NaiveTime;
use kernel::actor::Scope as Acting;
use kernel::field::{bool, datetime, list, reference, text};
use kernel::{Action, ActorKind, Ctx, Problem, Resource, Result, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Hours as actions read them.
#[derive(Clone, Debug, Deserialize)]
pub struct Hours {
    pub id: Uuid,
    pub role_id: Uuid,
}

fact!(
    /// Those with a role sign in at certain hours only.
    HoursCreated = "hours.created" { id: Uuid, role_id: Uuid }
);
fact!(
    /// The hours of a role are others.
    HoursUpdated = "hours.updated" { id: Uuid, role_id: Uuid }
);
fact!(
    /// Those with a role sign in at any hour again.
    HoursDeleted = "hours.deleted" { id: Uuid, role_id: Uuid }
);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }
}

pub(crate) fn resource() -> Resource<Hours> {
    Resource::<Hours>::new("hours", "identity.hours")
        .called("Sign-in hours", "Sign-in hours")
        .describe("clock", "When those with a role may come in; without any, always")
        .group("settings/security")
        .scope(Scope::Organization)
        .administrative()
        .title("summary")
        .default_order("created_at.desc")
        .field(text("summary").label("Hours").always().sql("concat((select r.label from identity.roles r where r.id = t.role_id), ': ', to_char(t.opens, 'HH24:MI'), '–', to_char(t.closes, 'HH24:MI'))"))
        .field(reference("role_id", "roles").required().create_only())
        .field(reference("organization_id", "organizations").help("Whose members; staff without").read_only().detail_only())
        .field(list("weekdays").always())
        .field(text("opens").label("From").required().sql("to_char(t.opens, 'HH24:MI')"))
        .field(text("closes").label("To").required().sql("to_char(t.closes, 'HH24:MI')"))
        .field(text("time_zone").label("Time zone").required().max(60))
        .field(bool("every_request").label("End sessions too").help("Refuses every request outside of the hours, not only signing in").always())
        .field(datetime("created_at").label("Since").always().read_only().filter().sort().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::create(create).label("Limit").in_person())
        .action(Action::update(update).in_person())
        .action(Action::delete(delete).label("Lift").in_person().confirm("Those with this role may come in at any hour again."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000060", "summary": "Operator: 07:00–19:00", "organization_id": null, "role_id": "01900000-0000-7000-8000-000000000003",
            "weekdays": ["mon", "tue", "wed", "thu", "fri"], "opens": "07:00", "closes": "19:00", "time_zone": "Europe/Berlin", "every_request": false,
            "created_at": "2026-11-20T09:30:00Z", "updated_at": "2026-11-20T09:30:00Z", "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Whose hours
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.platform"))]
    role_id: Uuid,
    /// Days on which they begin
    #[schemars(length(min = 1, max = 7))]
    weekdays: Vec<Weekday>,
    /// Such as 07:00
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    opens: String,
    /// Such as 19:00; earlier than the beginning means the day after, the same means the whole day
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    closes: String,
    /// Such as Europe/Berlin
    #[schemars(length(min = 1, max = 60))]
    time_zone: String,
    /// Refuse every request outside of the hours, not only coming in
    #[serde(default)]
    every_request: bool,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let organization = own_organization(ctx);
    let role = match organization {
        None => role::of_scope(ctx.db(), input.role_id, "platform").await?,
        Some(organization) => {
            let role = role::of_scope(ctx.db(), input.role_id, "organization").await?;
            if !memberships::store::role_fits(ctx.db(), role.id, organization).await? {
                return Err(Problem::field("role_id", "reference", "This role belongs to another organization"));
            }
            role
        }
    };
    known_zone(ctx, &input.time_zone).await?;
    let id = ctx.id();
    let new = NewHours {
        time_zone: Some(&input.time_zone),
        weekdays: Some(days(&input.weekdays)),
        opens: Some(time("opens", &input.opens)?),
        closes: Some(time("closes", &input.closes)?),
        every_request: Some(input.every_request),
    };
    store::hours_insert(ctx.db(), id, organization, role.id, &new).await?;
    changed(ctx).await?;
    ctx.emit(HoursCreated { id, role_id: role.id }).await?;
    Ok(Created { id })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[serde(default)]
    #[schemars(length(min = 1, max = 7))]
    weekdays: Option<Vec<Weekday>>,
    #[serde(default)]
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    opens: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    closes: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    time_zone: Option<String>,
    #[serde(default)]
    every_request: Option<bool>,
}

async fn update(ctx: &mut Ctx, target: Hours, input: Update) -> Result<Value> {
    if let Some(zone) = &input.time_zone {
        known_zone(ctx, zone).await?;
    }
    let new = NewHours {
        time_zone: input.time_zone.as_deref(),
        weekdays: input.weekdays.as_deref().map(days),
        opens: input.opens.as_deref().map(|text| time("opens", text)).transpose()?,
        closes: input.closes.as_deref().map(|text| time("closes", text)).transpose()?,
        every_request: input.every_request,
    };
    store::hours_update(ctx.db(), target.id, &new).await?;
    changed(ctx).await?;
    ctx.emit(HoursUpdated { id: target.id, role_id: target.role_id }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: Hours, (): ()) -> Result<Value> {
    store::hours_delete(ctx.db(), target.id).await?;
    ctx.callers_changed();
    ctx.emit(HoursDeleted { id: target.id, role_id: target.role_id }).await?;
    Ok(Value::Null)
}

/// Each day once, in the order of the week.
fn days(given: &[Weekday]) -> Vec<&'static str> {
    let week = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
    week.into_iter().filter(|day| given.contains(day)).map(Weekday::as_str).collect()
}

fn time(field: &str, text: &str) -> Result<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| Problem::field(field, "format", "Enter a time such as 07:00"))
}

async fn known_zone(ctx: &Ctx, name: &str) -> Result<()> {
    if store::zone_exists(ctx.db(), name).await? {
        return Ok(());
    }
    Err(Problem::field("time_zone", "unknown", format!("There is no time zone {name}; it looks like Europe/Berlin or UTC")))
}

/// The organization somebody acts for; none for staff.
fn own_organization(ctx: &Ctx) -> Option<Uuid> {
    if let Acting::Organization(own) = ctx.caller().scope { Some(own) } else { None }
}

/// Counts at once; and never against who makes the change.
async fn changed(ctx: &mut Ctx) -> Result<()> {
    let closed = match (ctx.actor().kind, ctx.actor().id, own_organization(ctx)) {
        (ActorKind::Staff, Some(account), None) => store::closed(ctx.db(), account, ctx.now(), false).await?,
        (ActorKind::Person, Some(member), Some(organization)) => {
            entry::store::closed_now(ctx.db(), member, organization, ctx.now()).await?
        }
        _ => None,
    };
    if let Some(hours) = closed {
        return Err(Problem::refused(format!("This would lock you out: it is outside of these hours of your role now: {hours}")));
    }
    ctx.callers_changed();
    Ok(())
}
