//! The product on a database of its own, with the clock that runs, and requests through its real router.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use host::boot::{self, Database, Parts, Product, Rooms};
use http::{HeaderMap, Method, Request, StatusCode, header};
use kernel::App;
use kernel::clock::{Clock, Ids};
use pgtls::TlsMode;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::{OWNER_EMAIL, PASSWORD, Server};
use tower::ServiceExt as _;

pub struct Place {
    pub app: Arc<App>,
    pub router: Router,
    pub db: tokio_postgres::Client,
}

/// One answer, and how long it took.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub took: Duration,
}

impl Place {
    /// With passwords that cost what they cost.
    pub async fn new() -> Self {
        Self::of(quarterdeck::product(), &[]).await
    }

    /// With passwords as cheap as can be, through the same code, and with settings that are fixed by the environment.
    pub async fn with_cheap_passwords(settings: &[(&str, &str)]) -> Self {
        fn rooms(parts: Parts) -> Rooms {
            quarterdeck::rooms_hashing(parts, identity::Cost::for_measuring())
        }
        Self::of(Product { rooms, ..quarterdeck::product() }, settings).await
    }

    async fn of(product: Product, settings: &[(&str, &str)]) -> Self {
        let server = Server::shared();
        let name = server.database(product).await;
        let environment: Vec<(&str, &str)> = [("QUARTERDECK_POOL_SIZE", "8")].into_iter().chain(settings.iter().copied()).collect();
        let config = server.config(&environment);
        let owner = server.owner(&name);
        let opened = Database { owner: owner.clone(), tls: TlsMode::Disable, private: None };
        let app = boot::build(&config, &opened, product, Clock::System, Ids::Random).await.expect("the app starts");
        let router = host::server::router(boot::host(&config, app.clone(), product, None));
        let db = boot::connect(&owner, TlsMode::Disable).await.expect("the owner connects");
        Self { app, router, db }
    }

    /// The first owner, signed in; their cookies.
    pub async fn owner(&self) -> String {
        let body = json!({"email": OWNER_EMAIL, "name": "Ada Lovelace", "password": PASSWORD});
        let made = self.send(Method::POST, "/api/v1/setup", "127.0.0.1".parse().unwrap(), None, Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        cookies(&made.headers)
    }

    pub async fn send(&self, method: Method, path: &str, from: IpAddr, cookie: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(SocketAddr::new(from, 50_000)));
        request = request.header(header::HOST, "localhost:8080").header(header::CONTENT_TYPE, "application/json");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie).header("sec-fetch-site", "same-origin");
        }
        let request = request.body(Body::from(body.map(|b| b.to_string()).unwrap_or_default())).unwrap();
        let started = Instant::now();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let took = started.elapsed();
        Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), took }
    }

    pub async fn sign_in(&self, email: &str, password: &str, from: IpAddr, cookie: Option<&str>) -> Answer {
        self.send(Method::POST, "/api/v1/session", from, cookie, Some(json!({"email": email, "password": password}))).await
    }
}

/// The cookies an answer gives, as a browser sends them back.
pub fn cookies(headers: &HeaderMap) -> String {
    let given = headers.get_all(header::SET_COOKIE).iter().filter_map(|c| c.to_str().ok()?.split(';').next());
    given.filter(|c| !c.ends_with('=')).collect::<Vec<_>>().join("; ")
}
