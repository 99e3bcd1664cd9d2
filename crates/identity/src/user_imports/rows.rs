//! One row after another, turned into people; what is wrong with a row says where it is and what to do.

use super::settings::Places;
use crate::email;
use crate::given;
use crate::memberships::Level;
use csv::StringRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Faults that are told one by one; more are only counted.
const TOLD: usize = 1000;
const LONGEST_NAME: usize = 120;
const LONGEST_VALUE: usize = 2000;

/// Something wrong in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Line of the file, the first one is 1.
    pub line: u64,
    pub column: Option<String>,
    pub value: Option<String>,
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What came of looking at a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub rows: usize,
    /// Accounts that are or would be made.
    pub new: usize,
    /// Rows of people who are users already and are left as they are.
    pub skipped: usize,
    /// How many faults there are; the first of them are told.
    pub faults_total: usize,
    pub faults: Vec<Fault>,
}

impl Report {
    pub fn add(&mut self, fault: Fault) {
        self.faults_total += 1;
        if self.faults.len() < TOLD {
            self.faults.push(fault);
        }
    }
}

/// What a row says of a membership, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its name as it was written; compared without regard to case.
    pub organization: String,
    pub role: Option<String>,
    pub level: Level,
}

/// Somebody who may be imported.
#[derive(Debug)]
pub struct Person {
    pub line: u64,
    pub email: String,
    pub name: Option<String>,
    pub language: Option<&'static str>,
    pub place: Option<Place>,
    pub metadata: Map<String, Value>,
}

/// Reads rows, and remembers the addresses it has seen.
pub struct Rows<'a> {
    places: &'a Places,
    columns: &'a [String],
    seen: HashMap<String, u64>,
}

impl<'a> Rows<'a> {
    pub fn new(places: &'a Places, columns: &'a [String]) -> Self {
        Self { places, columns, seen: HashMap::new() }
    }

    /// A fault of one cell.
    pub fn fault(&self, line: u64, at: Option<usize>, value: &str, code: &str, message: impl Into<String>) -> Fault {
        let value: String = value.chars().take(80).collect();
        Fault {
            line,
            column: at.and_then(|at| self.columns.get(at)).cloned(),
            value: (!value.is_empty()).then_some(value),
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// The person of a row, or everything that is wrong with it.
    pub fn read(&mut self, record: &StringRecord) -> Result<Person, Vec<Fault>> {
        let line = record.position().map_or(0, csv::Position::line);
        let places = self.places;
        if record.len() != self.columns.len() {
            let said = format!(
                "This line has {} fields and the first line {}; put fields with separators in them in quotes",
                record.len(),
                self.columns.len()
            );
            return Err(vec![self.fault(line, None, "", "fields", said)]);
        }
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|value| !value.is_empty());
        let mut faults = Vec::new();
        let given = cell(Some(places.email)).unwrap_or_default();
        let email = match email::normalise(given) {
            Ok(email) => match self.seen.entry(email.clone()) {
                Entry::Occupied(first) => {
                    let said = format!("This address stands in line {} already; remove one of the two", first.get());
                    faults.push(self.fault(line, Some(places.email), given, "duplicate", said));
                    String::new()
                }
                Entry::Vacant(place) => {
                    place.insert(line);
                    email
                }
            },
            Err(_) if given.is_empty() => {
                faults.push(self.fault(line, Some(places.email), "", "required", "The e-mail address is missing"));
                String::new()
            }
            Err(_) if !given.is_ascii() => {
                let said = "This address has letters beyond A to Z, perhaps one that only looks like another; type it anew";
                faults.push(self.fault(line, Some(places.email), given, "format", said));
                String::new()
            }
            Err(_) => {
                faults.push(self.fault(line, Some(places.email), given, "format", "This is no e-mail address, such as ada@example.com"));
                String::new()
            }
        };
        let parts: Vec<&str> = [places.name, places.first_name, places.last_name].into_iter().filter_map(cell).collect();
        // A whole name wins over its parts.
        let name = cell(places.name).map(str::to_owned).or_else(|| Some(parts.join(" ")).filter(|name| !name.is_empty()));
        let name = given::plain(name.as_deref()).map(str::to_owned);
        let name_at = places.name.or(places.last_name).or(places.first_name);
        if let Some(long) = name.as_deref().filter(|name| name.chars().count() > LONGEST_NAME) {
            faults.push(self.fault(line, name_at, long, "too_long", format!("A name has at most {LONGEST_NAME} characters")));
        } else if let Some(odd) = name
            .as_deref()
            .filter(|name| name.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')))
        {
            faults.push(self.fault(line, name_at, odd, "format", "A name has no line breaks, tabs or characters that can't be seen"));
        }
        let language = match cell(places.language) {
            None => None,
            Some(code) => match code.to_ascii_lowercase().get(..2) {
                Some("en") => Some("en"),
                Some("de") => Some("de"),
                _ => {
                    faults.push(self.fault(line, places.language, code, "option", "There are the languages en and de; leave others empty"));
                    None
                }
            },
        };
        let place = self.place(line, record, &mut faults);
        let mut metadata = Map::new();
        for (key, at) in &places.metadata {
            match cell(Some(*at)) {
                Some(long) if long.chars().count() > LONGEST_VALUE => {
                    faults.push(self.fault(line, Some(*at), long, "too_long", format!("A value has at most {LONGEST_VALUE} characters")));
                }
                // As it was written: a formula is text here.
                Some(value) => drop(metadata.insert(key.clone(), value.into())),
                None => {}
            }
        }
        if faults.is_empty() { Ok(Person { line, email, name, language, place, metadata }) } else { Err(faults) }
    }

    fn place(&self, line: u64, record: &StringRecord, faults: &mut Vec<Fault>) -> Option<Place> {
        let places = self.places;
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|value| !value.is_empty());
        let level = match cell(places.level) {
            None => Level::default(),
            Some(said) => match said.to_lowercase().replace([' ', '-'], "_").as_str() {
                "read_only" => Level::ReadOnly,
                "read_write" | "read_and_write" => Level::ReadWrite,
                "admin" => Level::Admin,
                _ => {
                    faults.push(self.fault(line, places.level, said, "option", "There are the levels read_only, read_write and admin"));
                    return None;
                }
            },
        };
        let Some(organization) = cell(places.organization) else {
            if let Some((at, said)) = [places.role, places.level].into_iter().find_map(|at| Some((at, cell(at)?))) {
                faults.push(self.fault(
                    line,
                    at,
                    said,
                    "required",
                    "A role and a level are had in an organization; name it, or empty this field",
                ));
            }
            return None;
        };
        Some(Place { organization: organization.to_owned(), role: cell(places.role).map(str::to_owned), level })
    }
}
