//! `/api/docs`: the OpenAPI document as a page that needs no script.

use kernel::Registry;
use kernel::endpoint::{Access, Endpoint};
use std::fmt::Write as _;

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
code,pre{font:12px/1.5 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid #8884;border-radius:6px}\
details{border-bottom:1px solid #8883;padding:.4rem 0}summary{cursor:pointer}.m{display:inline-block;min-width:4.5rem;font-weight:600}.p{opacity:.7}";

/// The whole page.
#[must_use]
pub fn page(registry: &Registry, nonce: &str) -> String {
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>API · Quarterdeck</title><style nonce={nonce}>{STYLE}</style>\
         <h1>API</h1><p>Everything the panel shows or does. Machine-readable: <a href=/api/openapi.json>OpenAPI 3.1</a>. \
         Send <code>Authorization: Bearer qd_…</code> (<code>quarterdeck keys create</code>), or use the panel's session.</p>"
    );
    for module in registry.modules() {
        let endpoints: Vec<&Endpoint> = registry.endpoints().iter().filter(|e| e.module == module.name).collect();
        if endpoints.is_empty() {
            continue;
        }
        let _ = write!(html, "<h2>{}</h2>", escape(module.label));
        for endpoint in endpoints {
            operation(&mut html, endpoint);
        }
    }
    html
}

fn operation(html: &mut String, endpoint: &Endpoint) {
    let needs = match &endpoint.access {
        Access::Public => "anybody".to_owned(),
        Access::SignedIn => "anybody signed in".to_owned(),
        Access::Permission(name) => name.clone(),
    };
    let _ = write!(
        html,
        "<details id=\"{0}\"><summary><span class=m>{1}</span> <code>/api/v1{2}</code> <span class=p>{3}</span></summary><p>Needs: <code>{4}</code>. Operation <code>{0}</code>.</p>",
        escape(&endpoint.id),
        endpoint.method,
        escape(&endpoint.path),
        escape(&endpoint.summary),
        escape(&needs)
    );
    for parameter in &endpoint.parameters {
        let _ = write!(html, "<p><code>{}</code> ({}) {}</p>", escape(parameter.name), parameter.place, escape(parameter.description));
    }
    for (title, value) in [("Body", &endpoint.body), ("Example of the answer", &endpoint.example)] {
        if let Some(value) = value.as_ref().filter(|v| !v.is_null()) {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            let _ = write!(html, "<p>{title}</p><pre>{}</pre>", escape(&text));
        }
    }
    html.push_str("</details>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
