//! graphile-worker from npm on the same server, in a database of its own.

use crate::place::Place;
use std::path::PathBuf;
use std::process::Command;
use tokio_postgres::config::Host;

const VERSION: &str = "0.17.3";

/// Jobs a second that it ends when so many wait already.
pub async fn burn(place: &Place, jobs: i64) -> f64 {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("target/bench-peers");
    if !folder.join("node_modules/graphile-worker").exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let wanted = [format!("graphile-worker@{VERSION}"), "pg@8".to_owned()];
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&folder).args(&wanted);
        assert!(npm.status().is_ok_and(|status| status.success()), "npm could not install graphile-worker");
    }
    let name = "bench_peer";
    place.db.batch_execute(&format!("drop database if exists {name}")).await.unwrap();
    place.db.batch_execute(&format!("create database {name}")).await.unwrap();
    let out = Command::new("node")
        .arg(root.join("bench/peers/graphile-worker.mjs"))
        .arg(&folder)
        .args([url(&place.owner, name), jobs.to_string()])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    place.db.batch_execute(&format!("drop database {name}")).await.unwrap();
    said["per_second"].as_f64().unwrap()
}

/// As node's client reads it.
fn url(owner: &tokio_postgres::Config, database: &str) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let user = encode(owner.get_user().unwrap_or_default());
    let password = owner.get_password().map(|p| encode(&String::from_utf8_lossy(p))).unwrap_or_default();
    let port = owner.get_ports().first().copied().unwrap_or(5432);
    match owner.get_hosts().first() {
        Some(Host::Unix(path)) => format!("postgres://{user}:{password}@{}:{port}/{database}", encode(&path.to_string_lossy())),
        Some(Host::Tcp(host)) => format!("postgres://{user}:{password}@{host}:{port}/{database}"),
        None => format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}"),
    }
}
