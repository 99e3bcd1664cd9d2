//! `quarterdeck schema diagram`: the tables of a schema and what points where, as text that other programs draw.

use super::client::{Api, Request};
use super::exit::Failure;
use super::output::{self, Format};
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use std::fmt::Write as _;

pub fn command(command: Command) -> Command {
    command
        .arg(Arg::new("schema").value_name("SCHEMA").help("Only tables of this schema, and what points there; all without"))
        .arg(
            Arg::new("as")
                .long("as")
                .value_parser(["mermaid", "dot"])
                .default_value("mermaid")
                .help("In whose words: Mermaid, which Markdown of GitHub and GitLab shows, or DOT of Graphviz"),
        )
        .after_help(
            "With -o json it is what the page draws from. Such as: quarterdeck schema diagram public --as dot | dot -Tsvg > public.svg",
        )
}

/// `source`: as a segment of a path.
///
/// # Errors
/// What the panel refuses.
pub async fn run(api: &Api, source: &str, matches: &ArgMatches, format: Format) -> Result<(), Failure> {
    let schema = matches.get_one::<String>("schema").map(|name| ("schema".to_owned(), name.clone()));
    let query: Vec<(String, String)> = schema.into_iter().collect();
    let seen = api.send(Request { query: &query, ..Request::get(&format!("/explorer/{source}/diagram")) }).await?.body;
    if format != Format::Table {
        return output::object(format, &seen);
    }
    let is_dot = matches.get_one::<String>("as").is_some_and(|name| name == "dot");
    output::text(&if is_dot { dot(&seen) } else { mermaid(&seen) })?;
    if seen["more"] == true {
        output::note("There are more tables than one diagram has; name a schema.");
    }
    Ok(())
}

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of[name].as_array().into_iter().flatten()
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

/// `schema.table`, at either end of a reference or of a table itself.
fn named(of: &Value, table: &str) -> String {
    format!("{}.{}", text(of, "schema"), text(of, table))
}

/// Whether a column is one that another table's row is named by.
fn points(seen: &Value, table: &Value, column: &str) -> bool {
    list(seen, "references").any(|reference| {
        let from = &reference["from"];
        from["schema"] == table["schema"] && from["table"] == table["name"] && list(from, "columns").any(|name| name == column)
    })
}

fn mermaid(seen: &Value) -> String {
    // No quoted name of Mermaid's may have these.
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "'").replace(['%', '\\'], "_").replace(char::is_control, " "));
    let mut out = "erDiagram\n".to_owned();
    for table in list(seen, "tables") {
        let name = quoted(&named(table, "name"));
        let columns: Vec<String> = list(table, "columns")
            .map(|column| {
                let name = text(column, "name");
                let mut keys = Vec::new();
                if column["key"] == true {
                    keys.push("PK");
                }
                if points(seen, table, name) {
                    keys.push("FK");
                }
                let shown = word(name);
                let note = if shown == name { String::new() } else { format!(" {}", quoted(name)) };
                let keys = if keys.is_empty() { String::new() } else { format!(" {}", keys.join(", ")) };
                format!("    {} {shown}{keys}{note}\n", word(text(column, "type")))
            })
            .collect();
        let _ = if columns.is_empty() { writeln!(out, "  {name}") } else { writeln!(out, "  {name} {{\n{}  }}", columns.concat()) };
    }
    for reference in list(seen, "references") {
        let (from, to) = (quoted(&named(&reference["from"], "table")), quoted(&named(&reference["to"], "table")));
        let one = if reference["optional"] == true { "|o" } else { "||" };
        let many = if reference["unique"] == true { "o|" } else { "o{" };
        let _ = writeln!(out, "  {to} {one}--{many} {from} : {}", quoted(text(reference, "name")));
    }
    out
}

/// A word as Mermaid reads it for types and columns: letters, digits and a few signs, with a letter first.
fn word(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || "_-[]()".contains(c) { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("x{plain}") }
}

fn dot(seen: &Value) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace(char::is_control, " "));
    let shown = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace(char::is_control, " ")
    };
    let mut out =
        "digraph {\n  rankdir=LR; node [shape=plain fontname=Helvetica fontsize=11]; edge [arrowsize=0.7 color=gray40];\n".to_owned();
    for table in list(seen, "tables") {
        let name = named(table, "name");
        let rows: String = list(table, "columns")
            .map(|column| {
                let name = shown(text(column, "name"));
                let name = if column["key"] == true { format!("<b>{name}</b>") } else { name };
                format!("<tr><td align=\"left\">{name}</td><td align=\"left\">{}</td></tr>", shown(text(column, "type")))
            })
            .collect();
        let head = format!("<tr><td colspan=\"2\" bgcolor=\"gray90\"><b>{}</b></td></tr>", shown(&name));
        let _ = writeln!(out, "  {} [label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\">{head}{rows}</table>>];", quoted(&name));
    }
    for reference in list(seen, "references") {
        let (from, to) = (named(&reference["from"], "table"), named(&reference["to"], "table"));
        let style = if reference["optional"] == true { " [style=dashed]" } else { "" };
        let _ = writeln!(out, "  {} -> {}{style};", quoted(&from), quoted(&to));
    }
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen() -> Value {
        let album = json!({"schema": "public", "name": "album", "columns": [{"name": "id", "type": "integer", "key": true}]});
        let track = json!({"schema": "public", "name": "tr\"a<ck", "columns": [{"name": "Größe", "type": "character varying(20)", "key": false},
            {"name": "album_id", "type": "integer", "key": false}]});
        let end = |table: &str, column: &str| json!({"schema": "public", "table": table, "columns": [column]});
        json!({"tables": [album, track], "references": [{"name": "fk", "from": end("tr\"a<ck", "album_id"), "to": end("album", "id"),
            "unique": false, "optional": true}]})
    }

    #[test]
    fn mermaid_says_tables_keys_and_how_many() {
        let expected = "erDiagram\n  \"public.album\" {\n    integer id PK\n  }\n  \"public.tr'a<ck\" {\n    \
            character_varying(20) Gr__e \"Größe\"\n    integer album_id FK\n  }\n  \"public.album\" |o--o{ \"public.tr'a<ck\" : \"fk\"\n";
        assert_eq!(mermaid(&seen()), expected);
        assert_eq!(word("2nd"), "x2nd");
    }

    #[test]
    fn names_stay_names_in_dot() {
        let drawn = dot(&seen());
        assert!(drawn.contains(r#""public.tr\"a<ck" -> "public.album" [style=dashed];"#), "{drawn}");
        assert!(drawn.contains("<b>public.tr&quot;a&lt;ck</b>") && drawn.contains("<b>id</b>"), "{drawn}");
    }
}
