//! What every answer carries and what no request gets past: cross-site writes, security headers.

use crate::request::host;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, Uri};
use kernel::problem::{Kind, Problem, Result};
use url::Url;

/// Refuses writes that another site's page makes the browser send. `Sec-Fetch-Site` decides; browsers that don't
/// send it send `Origin`. Requests with a bearer key and those without any cookie carry nothing to be abused.
///
/// Source: OWASP CSRF Prevention Cheat Sheet, "Fetch Metadata headers".
///
/// # Errors
/// 403 `cross-site`.
pub fn same_site(method: &Method, headers: &HeaderMap, uri: &Uri, base_url: &str) -> Result<()> {
    if method.is_safe() || (headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE)) {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let refused = || Problem::new(Kind::CrossSite, "Writes must come from the panel's own pages, or carry an API key");
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err(refused()),
        None => {}
    }
    match text("origin") {
        Some(origin) => {
            let given = Url::parse(origin).ok();
            let ours = Url::parse(base_url).ok();
            let same = |url: &Url| given.as_ref().is_some_and(|g| g.origin() == url.origin());
            let to_host = given.as_ref().is_some_and(|g| {
                let authority = g.port().map_or_else(
                    || g.host_str().unwrap_or_default().to_owned(),
                    |port| format!("{}:{port}", g.host_str().unwrap_or_default()),
                );
                !authority.is_empty() && authority.eq_ignore_ascii_case(host(headers, uri))
            });
            if ours.as_ref().is_some_and(same) || to_host { Ok(()) } else { Err(refused()) }
        }
        // No browser: nothing was made to send this. A cookie without either header is a browser too old to be safe.
        None if headers.contains_key(header::COOKIE) => Err(refused()),
        None => Ok(()),
    }
}

/// Headers for every answer.
pub fn headers(out: &mut HeaderMap, tls: bool) {
    const FIXED: [(&str, &str); 6] = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ];
    for (name, value) in FIXED {
        out.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if tls {
        out.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    // What an API answers belongs to one caller at one moment.
    if !out.contains_key(header::CACHE_CONTROL) {
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !out.contains_key(header::CONTENT_SECURITY_POLICY) {
        out.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        );
    }
}

/// The policy of a page with this nonce.
#[must_use]
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)]) -> bool {
        let map: HeaderMap = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        same_site(&Method::POST, &map, &Uri::from_static("/"), "https://panel.example").is_ok()
    }

    #[test]
    fn writes_of_other_sites_are_refused() {
        assert!(check(&[("cookie", "s=1"), ("sec-fetch-site", "same-origin")]));
        assert!(check(&[("cookie", "s=1"), ("origin", "https://panel.example")]));
        assert!(check(&[("cookie", "s=1"), ("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(check(&[("authorization", "Bearer k")]));
        assert!(check(&[]), "a script signing in");
        for bad in [
            &[("cookie", "s=1"), ("sec-fetch-site", "cross-site")][..],
            &[("cookie", "s=1"), ("sec-fetch-site", "same-site")],
            &[("cookie", "s=1"), ("origin", "https://evil.example")],
            &[("cookie", "s=1"), ("origin", "null")],
            &[("cookie", "s=1")],
            &[("sec-fetch-site", "cross-site")],
            &[("cookie", "s=1"), ("authorization", "Bearer k"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!check(bad), "{bad:?} got through");
        }
    }

    #[test]
    fn reads_are_free() {
        let map: HeaderMap = [(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("cross-site"))].into_iter().collect();
        assert!(same_site(&Method::GET, &map, &Uri::from_static("/"), "").is_ok());
    }
}
