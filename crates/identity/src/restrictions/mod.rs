//! Where people may come from: networks of the platform for staff and their keys, networks of an organization for
//! whoever acts for it. No network, no restriction. A change that would lock out who makes it is refused, with their
//! address named; who is locked out all the same gets back in on the machine, with `quarterdeck recover-admin`.
//! Emits `restriction.created`, `restriction.updated`, `restriction.deleted`.

mod door;
pub mod hours;
pub mod store;
mod view;

pub(crate) use door::{Door, knock, open_now};
pub(crate) use view::view;

use crate::fact::fact;
use crate::{given, networks};
use kernel::actor::Scope as Acting;
use kernel::field::{datetime, reference, text};
use kernel::registry::Page;
use kernel::resource::Scope;
use kernel::{Action, Ctx, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// One allowed network as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Restriction {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub network: String,
}

fact!(
    /// A network was allowed; the first one keeps everybody else out.
    RestrictionCreated = "restriction.created" { id: Uuid, organization_id: Option<Uuid>, network: String }
);
fact!(
    /// An allowed network is another one now.
    RestrictionUpdated = "restriction.updated" { id: Uuid, organization_id: Option<Uuid>, network: String }
);
fact!(
    /// A network is not allowed any more.
    RestrictionDeleted = "restriction.deleted" { id: Uuid, organization_id: Option<Uuid>, network: String }
);

/// The page that says all of it in plain words.
pub(crate) const PAGE: Page = Page {
    name: "security",
    module: "",
    group: "settings/security",
    label: "Security",
    icon: "shield-check",
    path: "/admin/security",
    permission: "restrictions:read",
};

pub(crate) fn resource() -> Resource<Restriction> {
    Resource::<Restriction>::new("restrictions", "identity.restrictions")
        .called("Allowed addresses", "Allowed address")
        .describe("map-pin", "Addresses and networks people may come from; without any, from anywhere")
        .group("settings/security")
        .scope(Scope::Organization)
        .administrative()
        .title("network")
        .default_order("created_at.desc")
        .field(text("network").required().max(43).help("Such as 203.0.113.7 or 203.0.113.0/24").search())
        .field(reference("organization_id", "organizations").help("Whose members and keys; staff and their keys without").create_only())
        .field(text("note").max(200).help("What it is, such as the office"))
        .field(text("made_by").label("Allowed by").read_only())
        .field(datetime("created_at").label("Since").always().read_only().filter().sort())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::create(create).label("Allow").in_person())
        .action(Action::update(update).in_person())
        .action(Action::delete(delete).label("Remove").in_person().confirm("Who comes from there is refused from now on, unless it was the last one: then everybody may come from anywhere.").bulk())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000050", "network": "203.0.113.0/24", "organization_id": null, "note": "Office", "made_by": "Ada Lovelace",
            "created_at": "2026-11-20T09:30:00Z", "updated_at": "2026-11-20T09:30:00Z", "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// An address or a network, such as 203.0.113.7 or 203.0.113.0/24. The first one must be yours: it keeps all others out
    #[schemars(length(min = 1, max = 60))]
    network: String,
    /// Whose members and keys; staff and their keys without
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Option<Uuid>,
    /// What it is, such as the office
    #[serde(default)]
    #[schemars(length(max = 200))]
    note: Option<String>,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let organization_id = match ctx.caller().scope {
        Acting::Organization(own) if input.organization_id.is_none_or(|asked| asked == own) => Some(own),
        Acting::Platform => input.organization_id,
        _ => return Err(Problem::field("organization_id", "reference", "There is no organization with this id")),
    };
    if let Some(organization) = organization_id
        && !store::organization_exists(ctx.db(), organization).await?
    {
        return Err(Problem::field("organization_id", "reference", "There is no organization with this id"));
    }
    let network = networks::parse(&input.network).map_err(|message| Problem::field("network", "format", message))?.to_string();
    let id = ctx.id();
    store::insert(ctx.db(), id, organization_id, &network, input.note.as_deref(), &ctx.actor().label).await?;
    changed(ctx, organization_id).await?;
    ctx.emit(RestrictionCreated { id, organization_id, network }).await?;
    Ok(Created { id })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    /// An address or a network
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    network: Option<String>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<String>", length(max = 200))]
    note: Option<Option<String>>,
}

async fn update(ctx: &mut Ctx, target: Restriction, input: Update) -> Result<Value> {
    let network = match &input.network {
        Some(text) => networks::parse(text).map_err(|message| Problem::field("network", "format", message))?.to_string(),
        None => target.network,
    };
    store::update(ctx.db(), target.id, &network, input.note.as_ref().map(Option::as_deref)).await?;
    changed(ctx, target.organization_id).await?;
    ctx.emit(RestrictionUpdated { id: target.id, organization_id: target.organization_id, network }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: Restriction, (): ()) -> Result<Value> {
    store::delete(ctx.db(), target.id).await?;
    changed(ctx, target.organization_id).await?;
    ctx.emit(RestrictionDeleted { id: target.id, organization_id: target.organization_id, network: target.network }).await?;
    Ok(Value::Null)
}

/// Counts at once; and never against who makes the change. Everything in this transaction is seen, so of many at once
/// only the end counts.
async fn changed(ctx: &mut Ctx, organization: Option<Uuid>) -> Result<()> {
    let own = if let Acting::Organization(own) = ctx.caller().scope { Some(own) } else { None };
    let bound = own == organization && (own.is_some() || ctx.caller().scope == Acting::Platform);
    let allowed = networks::stored(&store::networks(ctx.db(), organization).await?);
    let address = ctx.request().address;
    if bound && !networks::admit(&allowed, address) {
        let from = address.map_or_else(|| "an address that isn't known".to_owned(), |a| a.to_canonical().to_string());
        return Err(Problem::refused(format!(
            "This would lock you out: you come from {from}, which would not be allowed. Allow it first."
        )));
    }
    ctx.callers_changed();
    Ok(())
}
