//! Every operation that changes something works once, and leaves its row in the audit log.

use crate::sweeps_batches::ONLY_LOOKS;
use crate::sweeps_cases::drive;
use crate::sweeps_doors::ONLY_ASKS;
use crate::sweeps_sso::ONLY_SENDS;
use crate::sweeps_world::World;
use kernel::endpoint::Endpoint;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{OWNER_EMAIL, PASSWORD, TestApp};

/// Drives one operation; says what is wrong with it.
async fn audited(world: &World, endpoint: &Endpoint) -> Result<(), String> {
    let Some(drive) = drive(world, endpoint).await else {
        return Err("nobody has said how it is driven: add a case to sweeps_cases.rs".into());
    };
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].to_string()).collect::<BTreeSet<_>>();
    let before = ids(&world.app.audit().await);
    let headers: Vec<(&str, &str)> = drive.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = (!drive.body.is_null()).then_some(drive.body);
    let who = drive.who.as_ref().unwrap_or(&world.owner);
    let path = format!("/api/v1{}", drive.path);
    let answer = match drive.form {
        Some(form) => {
            let kind = ("content-type", "application/x-www-form-urlencoded");
            who.send_bytes(endpoint.method.clone(), &path, &[kind], Some(form.into_bytes())).await
        }
        None => who.send(endpoint.method.clone(), &path, &headers, body).await,
    };
    if !(200..300).contains(&answer.status) {
        return Err(format!("{} {}", answer.status, answer.text));
    }
    let rows = world.app.audit().await;
    let done = rows
        .iter()
        .filter(|row| !before.contains(&row["id"].to_string()) && row["outcome"] == "ok")
        .map(|row| row["action"].as_str().unwrap_or_default().to_owned())
        .collect::<Vec<_>>();
    let expected = endpoint.id.strip_suffix(".many").unwrap_or(&endpoint.id);
    let of_resource = expected.split('.').next().is_some_and(|collection| world.app.app.registry.resource(collection).is_some());
    match done.as_slice() {
        [] if ONLY_ASKS.contains(&endpoint.id.as_str())
            || ONLY_SENDS.contains(&endpoint.id.as_str())
            || ONLY_LOOKS.contains(&endpoint.id.as_str()) =>
        {
            Ok(())
        }
        [] => Err("it left no row in the audit log".into()),
        // What the runner writes is named after the operation; a route of a room's own chooses its words.
        some if of_resource && !some.iter().any(|action| action == expected) => Err(format!("its rows are {some:?}")),
        _ => Ok(()),
    }
}

/// Drives every operation that changes something.
pub async fn drive_all(world: &World) {
    let mutating: Vec<Endpoint> =
        world.app.app.registry.endpoints().iter().filter(|e| e.mutates() && e.id != "session.setup").cloned().collect();
    assert!(mutating.len() > 30, "only {} operations were found", mutating.len());
    let mut wrong = Vec::new();
    for endpoint in &mutating {
        if let Err(why) = audited(world, endpoint).await {
            wrong.push(format!("{}: {why}", endpoint.id));
        }
    }
    assert!(wrong.is_empty(), "{} of {} operations:\n{}", wrong.len(), mutating.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_change_leaves_its_row_in_the_audit_log() {
    drive_all(&World::new().await).await;
}

#[tokio::test]
async fn the_first_launch_leaves_its_row_in_the_audit_log() {
    let app = TestApp::start(quarterdeck::product()).await;
    app.nobody().post("/api/v1/setup", json!({"email": OWNER_EMAIL, "name": "Ada", "password": PASSWORD})).await.expect_status(201);
    let rows = app.audit().await;
    let row = rows.iter().find(|row| row["action"].as_str().is_some_and(|a| a.contains("set-up"))).expect("the first launch is in the log");
    assert_eq!(row["outcome"], Value::from("ok"));
}

#[tokio::test]
async fn an_operation_without_a_case_fails_the_sweep() {
    let world = World::new().await;
    let unknown =
        Endpoint::new(http::Method::POST, "/launch", "rockets.launch", kernel::Access::Permission("rockets:launch".into()), |_| async {
            Ok(kernel::endpoint::empty())
        });
    let why = audited(&world, &unknown).await.unwrap_err();
    assert!(why.contains("nobody has said how"), "{why}");
}
