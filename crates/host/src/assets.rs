//! The UI inside the binary: files with their precompressed forms, and the page with its nonce.

use crate::guard;
use crate::request::hex;
use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};
use kernel::secret::random_bytes;
use rust_embed::RustEmbed;

// Debug builds read the folder, so that a change of the UI needs no build of ours.
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
struct Dist;

/// A file of the UI, or `None` when there is none of that name.
pub fn file(path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let path = path.trim_start_matches('/');
    if path.is_empty() || path == "index.html" || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Dist::get(path)?;
    let etag = format!("\"{}\"", hex(&plain.metadata.sha256_hash()[..12]));
    let mut response = Response::new(Body::empty());
    let out = response.headers_mut();
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Names under assets/ carry a hash of their content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, value);
    }
    if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == etag.as_bytes()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    if let Ok(value) = HeaderValue::from_str(mime.as_ref()) {
        out.insert(header::CONTENT_TYPE, value);
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| accepted.split(',').any(|a| a.trim().split(';').next() == Some(*name)))
        .find_map(|(name, suffix)| Dist::get(&format!("{path}{suffix}")).map(|file| (name, file)));
    let data = match packed {
        Some((encoding, file)) => {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            file.data
        }
        None => plain.data,
    };
    *response.body_mut() = Body::from(data.into_owned());
    Some(response)
}

/// The page, with a nonce of its own.
pub fn page() -> Response<Body> {
    let nonce = hex(&random_bytes::<16>());
    let Some(index) = Dist::get("index.html") else {
        let mut response = Response::new(Body::from("The UI was not built into this binary. Run `make build`."));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let html = String::from_utf8_lossy(&index.data).replace("__CSP_NONCE__", &nonce);
    let mut response = Response::new(Body::from(html));
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&guard::page_policy(&nonce)) {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
