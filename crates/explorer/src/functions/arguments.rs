//! Which function is meant, and with what: PostgreSQL tells functions of one name apart by their arguments.

use super::function::{Argument, Function};
use crate::rows::record::Record;
use crate::rows::{body, value};
use kernel::list::Param;
use kernel::problem::Kind;
use kernel::{Call, Problem, Result};
use serde_json::json;
use serde_json::value::RawValue;

/// Parameters that mean the same for every list, so that no argument can have their names in a URL.
const WORDS: [&str; 10] = ["select", "order", "limit", "offset", "cursor", "search", "and", "or", "not.and", "not.or"];

/// Kinds of bodies that go into a single argument without a name, and its type.
const RAW: [(&str, &str); 4] =
    [("text/plain", "text"), ("text/xml", "xml"), ("application/xml", "xml"), ("application/octet-stream", "bytea")];

/// A function with its arguments.
pub struct Called<'f> {
    pub function: &'f Function,
    pub given: Vec<(&'f Argument, Param)>,
    /// What else was asked: filters, order and paging of its result.
    pub rest: Vec<(String, String)>,
}

impl<'f> Called<'f> {
    /// With the arguments in the URL, where they stand beside filters of the result.
    ///
    /// # Errors
    /// 404 when no function can be called so, 300 when several can.
    pub fn by_query(functions: &'f [Function], call: &Call, schema: &str, name: &str) -> Result<Self> {
        let parameters = decoded(call.query.as_bytes());
        let is_argument = |function: &Function, parameter: &str| !WORDS.contains(&parameter) && function.argument(parameter).is_some();
        let names = |function: &'f Function| {
            parameters.iter().map(|(name, _)| name.as_str()).filter(|name| is_argument(function, name)).collect::<Vec<_>>()
        };
        let mut fitting: Vec<&Function> = functions.iter().filter(|function| function.takes(&names(function))).collect();
        let most = fitting.iter().map(|function| names(function).len()).max().unwrap_or_default();
        fitting.retain(|function| names(function).len() == most);
        let told: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        let function = one(&fitting, functions, schema, name, &told)?;
        let (arguments, rest): (Vec<_>, Vec<_>) = parameters.into_iter().partition(|(name, _)| is_argument(function, name));
        Ok(Self { function, given: texts(function, &arguments)?, rest })
    }

    /// With the arguments in the body.
    ///
    /// # Errors
    /// As [`Self::by_query`], and 400 when the body can't be read.
    pub fn by_body(functions: &'f [Function], call: &Call, schema: &str, name: &str) -> Result<Self> {
        let rest = decoded(call.query.as_bytes());
        if call.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let arguments = decoded(&call.body);
            let names: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
            let fitting: Vec<&Function> = functions.iter().filter(|function| function.takes(&names)).collect();
            let function = one(&fitting, functions, schema, name, &names)?;
            return Ok(Self { function, given: texts(function, &arguments)?, rest });
        }
        let kind = call.header("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if let Some((_, type_name)) = RAW.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)) {
            return Self::by_raw(functions, call, (schema, name), type_name, rest);
        }
        body::check_type(call)?;
        let text = if call.body.trim_ascii().is_empty() { b"{}" } else { call.body.trim_ascii() };
        let wrong = |e: serde_json::Error| Problem::malformed(format!("The body is not JSON: {e}. Send an object of arguments."));
        let whole: &RawValue = serde_json::from_slice(text).map_err(wrong)?;
        let arguments: Option<Record> =
            if whole.get().starts_with('{') { Some(serde_json::from_str(whole.get()).map_err(wrong)?) } else { None };
        let names: Vec<&str> = arguments.iter().flat_map(|record| record.0.iter().map(|(name, _)| name.as_str())).collect();
        let fitting: Vec<&Function> =
            functions.iter().filter(|function| arguments.is_some() && function.whole().is_none() && function.takes(&names)).collect();
        if fitting.is_empty()
            && let Some((function, argument)) = functions.iter().find_map(|function| Some((function, function.whole()?)))
        {
            return Ok(Self { function, given: vec![(argument, Param::text(whole.get()))], rest });
        }
        let function = one(&fitting, functions, schema, name, &names)?;
        let (mut given, mut errors) = (Vec::with_capacity(names.len()), Vec::new());
        for (name, json) in arguments.iter().flat_map(|record| &record.0) {
            let Some(argument) = function.argument(name) else { continue };
            match value::text(&argument.column, json) {
                Ok(text) => given.push((argument, Param(text))),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(Self { function, given, rest }) } else { Err(Problem::validation(errors)) }
    }

    /// With the body as it is, for the one argument without a name.
    fn by_raw(
        functions: &'f [Function],
        call: &Call,
        (schema, name): (&str, &str),
        type_name: &str,
        rest: Vec<(String, String)>,
    ) -> Result<Self> {
        let takes = |function: &&Function| function.unnamed().is_some_and(|argument| argument.column.type_name == type_name);
        let fitting: Vec<&Function> = functions.iter().filter(takes).collect();
        let function = one(&fitting, functions, schema, name, &[type_name])?;
        let text = if type_name == "bytea" {
            call.body.iter().fold("\\x".to_owned(), |hex, byte| hex + &format!("{byte:02x}"))
        } else {
            let text = std::str::from_utf8(&call.body).map_err(|_| Problem::malformed("The body is not UTF-8"))?;
            if text.contains('\0') {
                return Err(Problem::malformed("PostgreSQL can't take the character NUL"));
            }
            text.to_owned()
        };
        Ok(Self { function, given: function.unnamed().map(|argument| (argument, Param::text(text))).into_iter().collect(), rest })
    }

    /// Names of the arguments given.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.given.iter().map(|(argument, _)| argument.name.as_str()).filter(|name| !name.is_empty()).collect()
    }
}

/// Arguments as text; of a variadic one there can be several.
fn texts<'f>(function: &'f Function, parameters: &[(String, String)]) -> Result<Vec<(&'f Argument, Param)>> {
    let mut given: Vec<(&Argument, Vec<&str>)> = Vec::new();
    for (name, text) in parameters {
        if text.contains('\0') {
            return Err(Problem::filter(name, "can't contain the character NUL"));
        }
        let Some(argument) = function.argument(name) else { continue };
        match given.iter_mut().find(|(known, _)| known.name == *name) {
            Some((_, texts)) if argument.is_variadic => texts.push(text),
            Some(_) => return Err(Problem::filter(name, "is given twice")),
            None => given.push((argument, vec![text])),
        }
    }
    let param = |argument: &Argument, texts: Vec<&str>| match texts.as_slice() {
        [one] if !argument.is_variadic || one.starts_with('{') => Param::text(*one),
        many => Param::text(value::literal(many)),
    };
    Ok(given.into_iter().map(|(argument, texts)| (argument, param(argument, texts))).collect())
}

fn decoded(query: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query).into_owned().collect()
}

/// The one function that is meant.
fn one<'f>(fitting: &[&'f Function], all: &[Function], schema: &str, name: &str, given: &[&str]) -> Result<&'f Function> {
    match fitting {
        [one] => Ok(one),
        [] => {
            let known: Vec<String> = all.iter().take(5).map(|function| function.signature(name)).collect();
            let hint = if known.is_empty() {
                "Nothing of this name can be called here.".to_owned()
            } else {
                format!("There is {}.", known.join(", "))
            };
            let given = given.join(", ");
            Err(Problem::new(Kind::NotFound, format!("There is no function {schema}.{name} that can be called with ({given}). {hint}"))
                .with("code", "PGRST202")
                .with("message", format!("Could not find the function {schema}.{name}({given})"))
                .with("hint", hint))
        }
        several => {
            let choices: Vec<String> = several.iter().map(|function| function.signature(name)).collect();
            Err(Problem::new(
                Kind::Choices,
                format!("{schema}.{name} can mean several functions with these arguments: {}", choices.join(", ")),
            )
            .with("code", "PGRST203")
            .with("message", format!("Could not choose the best candidate function between: {}", choices.join(", ")))
            .with("details", json!(choices)))
        }
    }
}
