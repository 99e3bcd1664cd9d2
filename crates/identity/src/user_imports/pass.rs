//! One pass over a file, to check it or to import it: rows in batches, each batch looked up at once. Nothing is kept
//! of rows that are done with but their addresses.

use super::rows::{Person, Place, Report, Rows};
use super::settings::{Places, Settings};
use super::store::{self, Memberships, Stored, Users};
use super::table;
use crate::memberships;
use crate::{limits, link, role};
use csv::StringRecord;
use kernel::audit::{Changes, Entry, Target};
use kernel::problem::Kind;
use kernel::{Ctx, Problem, Result};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Rows that are looked up and written at once.
const BATCH: usize = 1000;
/// Welcome mails of one import.
const MOST_MAILS: usize = 10_000;
/// The role of members whom nobody gave another.
const MEMBER: &str = "member";

/// What a pass is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To say what would come of it, for whoever asks: they give no more than they hold.
    Check,
    /// To import, for whoever asks.
    Import,
    /// To import what was checked for somebody before.
    ImportChecked,
}

/// A membership that a row may have, or why not.
type Answer = std::result::Result<(Uuid, Uuid), (bool, &'static str, String)>;

pub struct Pass<'a> {
    ctx: &'a mut Ctx,
    aim: Aim,
    settings: &'a Settings,
    places: &'a Places,
    known: HashMap<Place, Answer>,
    /// How many more members there may be, by organization.
    room: HashMap<Uuid, i64>,
    report: Report,
}

/// Goes over the whole file; `step` hears how many rows are done.
///
/// # Errors
/// 422 when the settings don't fit the file, 410 when its content is gone, and whatever `step` or the database says.
pub async fn over<E, F, Fut>(ctx: &mut Ctx, stored: &Stored, settings: &Settings, aim: Aim, step: F) -> std::result::Result<Report, E>
where
    E: From<Problem>,
    F: Fn(usize) -> Fut,
    Fut: Future<Output = std::result::Result<(), E>>,
{
    let gone = || Problem::new(Kind::Gone, "What the file said was forgotten; upload it again");
    let text = stored.content.as_deref().ok_or_else(gone)?;
    if settings.mail && stored.rows > MOST_MAILS {
        return Err(Problem::field(
            "mail",
            "too_many",
            format!("At most {MOST_MAILS} welcome mails are sent by one import; split the file"),
        )
        .into());
    }
    let places = Places::of(settings, &stored.columns)?;
    let names: Vec<String> = stored.columns.iter().map(|c| c.name.clone()).collect();
    let mut rows = Rows::new(&places, &names);
    let mut pass = Pass { ctx, aim, settings, places: &places, known: HashMap::new(), room: HashMap::new(), report: Report::default() };
    let mut reader = table::reader(text, stored.delimiter);
    let (mut record, mut batch) = (StringRecord::new(), Vec::with_capacity(BATCH));
    while reader.read_record(&mut record).map_err(table::broken)? {
        if table::is_blank(&record) {
            continue;
        }
        pass.report.rows += 1;
        match rows.read(&record) {
            Ok(person) => batch.push(person),
            Err(faults) => faults.into_iter().for_each(|fault| pass.report.add(fault)),
        }
        if batch.len() == BATCH {
            pass.batch(&rows, &batch).await?;
            batch.clear();
            step(pass.report.rows).await?;
        }
    }
    pass.batch(&rows, &batch).await?;
    pass.report.faults.sort_by_key(|fault| fault.line);
    Ok(pass.report)
}

impl Pass<'_> {
    /// The audit entry of one person, as if they had been made by hand.
    fn entry(&self, id: Uuid, person: &Person) -> Entry {
        let mut changes = Changes::new();
        let mut says = |name: &str, after: Value| {
            changes.insert(name.to_owned(), json!({"before": null, "after": after}));
        };
        says("email", json!(person.email));
        if let Some(name) = &person.name {
            says("name", json!(name));
        }
        if let Some(place) = &person.place {
            says("organization", json!(place.organization));
            says("role", json!(place.role.as_deref().unwrap_or(MEMBER)));
            says("level", json!(place.level.as_str()));
        }
        let label = person.name.as_deref().unwrap_or(&person.email);
        Entry::new(self.ctx, "users.create", Some(Target::new("users", id, label))).changes(changes)
    }

    async fn batch(&mut self, rows: &Rows<'_>, batch: &[Person]) -> Result<()> {
        let emails: Vec<&str> = batch.iter().map(|person| person.email.as_str()).collect();
        let there: HashSet<String> = store::are_users(self.ctx.db(), &emails).await?.into_iter().collect();
        let (mut users, mut made, mut entries) = (Users::default(), Memberships::default(), Vec::new());
        for person in batch {
            if there.contains(&person.email) {
                if self.settings.existing == super::settings::Existing::Skip {
                    self.report.skipped += 1;
                } else {
                    let said = "Somebody with this address is a user already; remove the row, or skip people who are there";
                    self.report.add(rows.fault(person.line, Some(self.places.email), &person.email, "exists", said));
                }
                continue;
            }
            let id = self.ctx.id();
            if let Some(place) = &person.place {
                match self.membership(place).await? {
                    Ok((organization, _)) if !self.has_room(organization).await? => {
                        let said = "The organization is full. Ask for a higher limit, or leave the row out";
                        self.report.add(rows.fault(person.line, self.places.organization, &place.organization, "limit", said));
                        continue;
                    }
                    Ok((organization, role)) => {
                        made.ids.push(self.ctx.id());
                        made.organizations.push(organization);
                        made.users.push(id);
                        made.roles.push(role);
                        made.levels.push(place.level.as_str());
                    }
                    Err((of_role, code, said)) => {
                        let at = if of_role { self.places.role.or(self.places.organization) } else { self.places.organization };
                        let value = if of_role { place.role.as_deref().unwrap_or_default() } else { &place.organization };
                        self.report.add(rows.fault(person.line, at, value, code, said));
                        continue;
                    }
                }
            }
            self.report.new += 1;
            users.ids.push(id);
            users.emails.push(&person.email);
            users.names.push(person.name.as_deref());
            users.languages.push(person.language);
            users.metadata.push(Value::Object(person.metadata.clone()));
            if self.aim != Aim::Check {
                entries.push(self.entry(id, person));
            }
        }
        // With a fault there will be no import, so nothing more needs to be written only to be taken back.
        if self.aim == Aim::Check || self.report.faults_total > 0 || users.ids.is_empty() {
            return Ok(());
        }
        store::insert_users(self.ctx.db(), &users).await?;
        if !made.ids.is_empty() {
            store::insert_memberships(self.ctx.db(), &made).await?;
        }
        self.ctx.audit_all(&entries).await?;
        if self.settings.mail {
            for (at, id) in users.ids.iter().enumerate() {
                let (Some(email), Some(name), Some(language)) = (users.emails.get(at), users.names.get(at), users.languages.get(at)) else {
                    continue;
                };
                link::welcome(self.ctx, *id, email, *name, *language).await?;
            }
        }
        Ok(())
    }

    /// Takes a place in an organization, when there is one.
    async fn has_room(&mut self, organization: Uuid) -> Result<bool> {
        let left = match self.room.get(&organization) {
            Some(left) => *left,
            None => limits::room(self.ctx, organization, self.aim != Aim::Check).await?,
        };
        self.room.insert(organization, left - 1);
        Ok(left > 0)
    }

    /// Each combination is looked up once.
    async fn membership(&mut self, place: &Place) -> Result<Answer> {
        if let Some(known) = self.known.get(place) {
            return Ok(known.clone());
        }
        let answer = self.look_up(place).await?;
        self.known.insert(place.clone(), answer.clone());
        Ok(answer)
    }

    async fn look_up(&self, place: &Place) -> Result<Answer> {
        let db = self.ctx.db();
        let organization = match store::organizations(db, &place.organization.to_lowercase()).await?.as_slice() {
            [one] => *one,
            [] => {
                return Ok(Err((false, "reference", "There is no organization of this name; make it first, or correct the name".into())));
            }
            _ => return Ok(Err((false, "ambiguous", "Several organizations have this name; write the id of one instead".into()))),
        };
        let role = match &place.role {
            Some(name) => store::role(db, &name.to_lowercase(), organization).await?,
            None => role::store::by_name(db, MEMBER, "organization").await?.map(|role| role.id),
        };
        let Some(role) = role else {
            return Ok(Err((
                true,
                "reference",
                "There is no role of organizations of this name, such as Member, Manager or Viewer".into(),
            )));
        };
        if self.aim != Aim::ImportChecked
            && let Err(problem) = memberships::may_give(self.ctx, organization, role, place.level).await
        {
            if !matches!(problem.kind(), Kind::Forbidden | Kind::Validation) {
                return Err(problem);
            }
            return Ok(Err((true, "forbidden", problem.detail().to_owned())));
        }
        Ok(Ok((organization, role)))
    }
}
