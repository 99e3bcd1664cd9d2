//! From the JSON Schema of an action's input to flags, and from flags back to JSON. So the command line takes exactly
//! what the API takes, and a new field is a new flag.

use super::exit::Failure;
use super::input::Stdin;
use clap::{Arg, ArgAction, ArgMatches};
use kernel::resource::ResourceDef;
use serde_json::{Map, Value};

/// Flags that commands have for themselves; a field of the same name is `--field-<name>`.
const TAKEN: [&str; 13] =
    ["output", "profile", "input", "yes", "if-match", "where", "expected", "except", "null", "help", "version", "filter", "id"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Bool,
    Integer,
    Number,
    /// Given once for each item.
    List,
    /// A JSON text.
    Json,
    /// Read from standard input, never from an argument.
    Secret,
}

/// One field of an input as a flag.
#[derive(Clone, Debug)]
pub struct Flag {
    pub field: String,
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub nullable: bool,
    pub help: String,
    pub choices: Vec<String>,
    /// The collection whose objects it names; an e-mail address or a name does as well as an id.
    pub references: Option<String>,
}

/// The flags of an input schema, in its order.
pub fn of_schema(schema: &Value, resource: Option<&ResourceDef>) -> Vec<Flag> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object();
    properties.into_iter().flatten().map(|(field, schema)| flag(field, schema, required.contains(&field.as_str()), resource)).collect()
}

fn flag(field: &str, schema: &Value, required: bool, resource: Option<&ResourceDef>) -> Flag {
    let (core, nullable) = core_of(schema);
    let choices = choices_of(core);
    let kind = match kind_word(core) {
        _ if core["format"] == "password" || schema["format"] == "password" => Kind::Secret,
        Some("string") => Kind::Text,
        _ if !choices.is_empty() => Kind::Text,
        Some("boolean") => Kind::Bool,
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("array") if matches!(kind_word(&core["items"]), Some("string") | None) && core["items"].is_object() => Kind::List,
        _ => Kind::Json,
    };
    let declared = resource.and_then(|r| r.field(field));
    let references = schema["x-references"].as_str().or(declared.and_then(|f| f.references)).map(str::to_owned);
    let mut name = field.replace('_', "-");
    match kind {
        // `--scope a --scope b` reads better than `--scopes a --scopes b`.
        Kind::List => name = name.strip_suffix('s').map(str::to_owned).unwrap_or(name),
        Kind::Secret => name.push_str("-stdin"),
        _ if references.is_some() => name = name.strip_suffix("-id").map(str::to_owned).unwrap_or(name),
        _ => {}
    }
    if TAKEN.contains(&name.as_str()) {
        name = format!("field-{name}");
    }
    let words = |value: &Value| value["description"].as_str().or(value["title"].as_str()).map(str::to_owned);
    let mut help = words(schema)
        .or_else(|| words(core))
        .or_else(|| declared.and_then(|f| f.help.map(str::to_owned)).or_else(|| declared.map(|f| f.label.clone())))
        .unwrap_or_default();
    match kind {
        Kind::Secret => help = format!("{help}: read from standard input").trim_start_matches(": ").to_owned(),
        Kind::List => help = format!("{help} (may be given several times)").trim_start().to_owned(),
        Kind::Json => help = format!("{help} (JSON)").trim_start().to_owned(),
        _ => {}
    }
    if let Some(collection) = &references {
        help = format!("{help}: the id, name or address of one of the {collection}");
    }
    if required {
        help = format!("{help} (required)").trim_start().to_owned();
    }
    Flag { field: field.to_owned(), name, kind, required, nullable, help, choices, references }
}

/// The schema without "or null", and whether null is allowed.
fn core_of(schema: &Value) -> (&Value, bool) {
    let null_in_type = schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == "null"));
    for key in ["anyOf", "oneOf"] {
        if let Some(options) = schema[key].as_array()
            && options.iter().any(|o| o["type"] == "null")
            && let Some(core) = options.iter().find(|o| o["type"] != "null")
        {
            return (core, true);
        }
    }
    (schema, null_in_type)
}

fn kind_word(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(one) => Some(one),
        Value::Array(many) => {
            let mut kinds = many.iter().filter_map(Value::as_str).filter(|k| *k != "null");
            kinds.next().filter(|_| kinds.next().is_none())
        }
        _ => None,
    }
}

fn choices_of(schema: &Value) -> Vec<String> {
    let constants = schema["oneOf"].as_array().into_iter().flatten().map(|o| &o["const"]);
    schema["enum"].as_array().into_iter().flatten().chain(constants).filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Flag {
    /// As clap wants it.
    pub fn arg(&self) -> Arg {
        let arg = Arg::new(self.field.clone()).long(self.name.clone()).help(self.help.clone());
        // The plural or the full name works too.
        let full = self.field.replace('_', "-");
        let arg = if full == self.name || self.kind == Kind::Secret || TAKEN.contains(&full.as_str()) { arg } else { arg.alias(full) };
        let value = self.name.to_uppercase().replace('-', "_");
        match self.kind {
            Kind::Secret => arg.action(ArgAction::SetTrue),
            Kind::Bool => {
                arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_parser(["true", "false"]).value_name("BOOL")
            }
            Kind::List => arg.action(ArgAction::Append).value_name(value),
            Kind::Integer | Kind::Number => arg.value_name("NUMBER").allow_negative_numbers(true),
            Kind::Json => arg.value_name("JSON"),
            Kind::Text if !self.choices.is_empty() => arg.value_name(value).value_parser(self.choices.clone()),
            Kind::Text => arg.value_name(value).allow_hyphen_values(false),
        }
    }

    fn value(&self, matches: &ArgMatches, stdin: &mut Stdin) -> Result<Option<Value>, Failure> {
        if self.kind == Kind::Secret {
            return if matches.get_flag(&self.field) { Ok(Some(stdin.line(&self.name)?.into())) } else { Ok(None) };
        }
        // A command with a shape of its own, such as `admin password-reset`, offers some of an action's flags only.
        let Some(given) = matches.try_get_many::<String>(&self.field).ok().flatten() else { return Ok(None) };
        let given: Vec<&String> = given.collect();
        let Some(one) = given.last() else { return Ok(Some(Value::Array(Vec::new()))) };
        let wrong = |what: &str| Failure::usage(format!("quarterdeck: --{} takes {what}, not {one:?}", self.name));
        Ok(Some(match self.kind {
            Kind::List => given.iter().map(|item| Value::from(item.as_str())).collect(),
            Kind::Bool => (*one == "true").into(),
            Kind::Integer => one.parse::<i64>().map_err(|_| wrong("a whole number"))?.into(),
            Kind::Number => one.parse::<f64>().ok().and_then(serde_json::Number::from_f64).ok_or_else(|| wrong("a number"))?.into(),
            Kind::Json => serde_json::from_str(one).map_err(|e| wrong(&format!("JSON ({e})")))?,
            Kind::Text | Kind::Secret => one.as_str().into(),
        }))
    }
}

/// The input that flags and `--input` together make; a flag wins over the file.
pub fn input(flags: &[Flag], matches: &ArgMatches, stdin: &mut Stdin) -> Result<Map<String, Value>, Failure> {
    let mut body = match matches.try_get_one::<String>("input").ok().flatten() {
        Some(from) => stdin.json(from)?,
        None => Map::new(),
    };
    let from_file = !body.is_empty();
    for flag in flags {
        // What a command assumes gives way to what the file says.
        let assumed = || matches.value_source(&flag.field) == Some(clap::parser::ValueSource::DefaultValue);
        if body.contains_key(&flag.field) && assumed() {
            continue;
        }
        if let Some(value) = flag.value(matches, stdin)? {
            body.insert(flag.field.clone(), value);
        }
    }
    for field in matches.try_get_many::<String>("null").ok().flatten().into_iter().flatten() {
        let known = flags.iter().find(|f| f.nullable && (f.name == *field || f.field == field.replace('-', "_")));
        let known = known
            .ok_or_else(|| Failure::usage(format!("quarterdeck: --null {field}: there is no field of that name that may be empty")))?;
        body.insert(known.field.clone(), Value::Null);
    }
    let missing: Vec<String> =
        flags.iter().filter(|f| f.required && !body.contains_key(&f.field)).map(|f| format!("--{}", f.name)).collect();
    if missing.is_empty() || from_file {
        // What a file lacks, the panel says with the field's own words.
        return Ok(body);
    }
    Err(Failure::usage(format!("quarterdeck: this needs {}", missing.join(", ")))
        .and("  Add --help to see every flag, or give a JSON object with --input FILE."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;
    use serde_json::json;

    fn flags() -> Vec<Flag> {
        of_schema(
            &json!({"required": ["email"], "properties": {
                "email": {"type": "string", "format": "email", "title": "E-mail"},
                "scopes": {"type": "array", "items": {"type": "string"}},
                "percent": {"type": ["integer", "null"]},
                "level": {"anyOf": [{"oneOf": [{"const": "read"}, {"const": "write"}]}, {"type": "null"}]},
                "active": {"type": "boolean"},
                "metadata": {"type": "object"},
                "password": {"type": "string", "format": "password"},
                "output": {"type": "string"} }}),
            None,
        )
    }

    fn parse(args: &[&str], stdin: &str) -> Result<Value, Failure> {
        let flags = flags();
        let command = Command::new("x").no_binary_name(true).args(flags.iter().map(Flag::arg));
        let command = command.arg(Arg::new("input").long("input")).arg(Arg::new("null").long("null").action(ArgAction::Append));
        let matches = command.try_get_matches_from(args).map_err(|e| Failure::usage(e.to_string()))?;
        input(&flags, &matches, &mut Stdin::of(stdin)).map(Value::Object)
    }

    #[test]
    fn each_flag_becomes_the_type_its_schema_wants() {
        let args = [
            "--email",
            "ada@example.com",
            "--scope",
            "a",
            "--scope",
            "b",
            "--percent",
            "-5",
            "--level",
            "read",
            "--active",
            "--metadata",
            "{\"a\":1}",
            "--field-output",
            "x",
            "--password-stdin",
        ];
        let expected = json!({"email": "ada@example.com", "scopes": ["a", "b"], "percent": -5, "level": "read", "active": true, "metadata": {"a": 1}, "output": "x", "password": "geheim"});
        let given = parse(&args, "geheim\n").unwrap();
        assert_eq!(given.as_object().unwrap().len(), expected.as_object().unwrap().len());
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(given[name], *value, "{name}");
        }
    }

    #[test]
    fn text_stays_text_and_null_is_asked_for() {
        let given = parse(&["--email", "007", "--active=false", "--null", "percent"], "").unwrap();
        assert_eq!(given, json!({"email": "007", "active": false, "percent": null}));
        assert!(parse(&["--email", "x", "--null", "email"], "").is_err(), "a field that must have a value can't be emptied");
    }

    #[test]
    fn what_is_wrong_is_said_before_anything_is_sent() {
        assert!(parse(&["--percent", "much", "--email", "x"], "").is_err());
        assert!(parse(&["--level", "admin", "--email", "x"], "").is_err());
        assert!(parse(&["--metadata", "{", "--email", "x"], "").is_err());
        assert!(parse(&["--percent", "5"], "").is_err(), "the address is required");
        assert!(parse(&["--email", "x", "--password-stdin"], "").is_err(), "standard input has no password");
    }

    #[test]
    fn a_file_gives_what_the_flags_leave_open() {
        let given = parse(&["--input", "-", "--percent", "7"], r#"{"email": "a@b.c", "percent": 1}"#).unwrap();
        assert_eq!(given, json!({"email": "a@b.c", "percent": 7}));
        assert!(parse(&["--input", "-"], "[1]").is_err());
    }
}
