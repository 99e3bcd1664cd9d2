//! What staff can ask of mail: how it leaves, whether that works, and a letter to try it.

use crate::compose::{self, Content};
use crate::letter::{self, Language, Letter};
use crate::post::Post;
use crate::queue::Deliver;
use crate::template::clean;
use http::{Method, StatusCode};
use kernel::audit::Changes;
use kernel::connector::{Connector as _, Health, RetryClass};
use kernel::endpoint::json as answer;
use kernel::job::Failure;
use kernel::registry::Page;
use kernel::{Access, Call, Ctx, Endpoint, Module, Problem, Response, Result, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the test action sends.
pub(crate) const TEST: Letter = Letter {
    name: "mail.test",
    en: include_str!("../letters/test.en.txt"),
    de: include_str!("../letters/test.de.txt"),
    values: &["sender"],
};

const TEST_PERMISSION: &str = "mail:test";

/// What the binary adds to its rooms.
#[must_use]
pub fn module() -> Module {
    let health = json!({"type": "object", "properties": {
        "ok": {"type": "boolean"}, "message": {"type": "string"}, "milliseconds": {"type": "integer"},
        "version": {"type": ["string", "null"]}, "retry": {"type": "string", "enum": ["later", "never"]}}});
    let example =
        json!({"ok": true, "message": "The mail server mail.example.com:587 answered in 41 ms", "version": null, "milliseconds": 41});
    Module::new("mail", "Mail", "mail")
        .permission(TEST_PERMISSION, "Try the mail server and send a test mail")
        .page(Page { name: "mail", module: "", group: "settings", label: "Mail", icon: "mail", path: "/admin/mail", permission: "settings:read" })
        .setting(letter::setting())
        .job::<Deliver>()
        .view(View::new("status", "settings:read", "How mail leaves this installation", status).example(
            json!({"delivers": true, "server": "mail.example.com:587", "encryption": "required", "from": "Quarterdeck <panel@example.com>", "folder": null}),
        ))
        .route(
            Endpoint::new(Method::POST, "/mail/check", "mail.check", Access::Permission(TEST_PERMISSION.into()), check)
                .summary("Whether the mail server answers and takes our credentials; nothing is sent")
                .answer(health.clone(), example.clone()),
        )
        .route(
            Endpoint::new(Method::POST, "/mail/test", "mail.test", Access::Permission(TEST_PERMISSION.into()), test)
                .summary("Send a test mail at once and say what the mail server answered")
                .takes::<Test>()
                .answer(health, example),
        )
}

#[derive(Serialize, JsonSchema)]
struct Status {
    /// Whether there is a mail server; without one letters become files
    delivers: bool,
    server: Option<String>,
    /// `wrapped`, `required` or `none`
    encryption: Option<&'static str>,
    from: String,
    /// Where letters are put when there is no mail server
    folder: Option<String>,
}

async fn status(ctx: &mut Ctx, (): ()) -> Result<Status> {
    let config = Post::of(ctx.app())?.config();
    let encryption = config.smtp.as_ref().map(|smtp| match smtp.tls {
        crate::Tls::Wrapped => "wrapped",
        crate::Tls::Required => "required",
        crate::Tls::None => "none",
    });
    Ok(Status {
        delivers: config.smtp.is_some(),
        server: config.smtp.as_ref().map(crate::Smtp::shown),
        encryption,
        from: config.from.to_string(),
        folder: config.smtp.is_none().then(|| config.folder.display().to_string()),
    })
}

/// The attempt is in the audit log before it is made, so that none goes unseen.
async fn noted(call: &Call, action: &str, detail: Option<String>) -> Result<()> {
    let caller = call.caller()?;
    caller.require(TEST_PERMISSION)?;
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    ctx.audit(action, None, Changes::new(), detail).await?;
    ctx.commit().await
}

async fn check(call: Call) -> Result<Response> {
    noted(&call, "mail.check", None).await?;
    answer(StatusCode::OK, &Post::of(&call.app)?.check().await)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Test {
    /// Where the test mail is sent
    #[schemars(length(min = 3, max = 254), extend("format" = "email"))]
    email: String,
}

async fn test(call: Call) -> Result<Response> {
    call.caller()?.require(TEST_PERMISSION)?;
    let input: Test = call.input()?;
    let email = input.email.trim().to_ascii_lowercase();
    let bad = || Problem::field("email", "format", "Enter an e-mail address, such as ada@example.com");
    if email.parse::<lettre::Address>().is_err() || !email.is_ascii() {
        return Err(bad());
    }
    noted(&call, "mail.test", Some(email.clone())).await?;
    let post = Post::of(&call.app)?;
    let content = Content {
        email,
        name: None,
        language: Language::of_platform(&call.app),
        platform: call.app.name(),
        values: [("sender".to_owned(), clean(&call.caller()?.actor.label))].into(),
        link: None,
        expires_at: None,
        written_at: call.app.clock.now(),
    };
    let id = call.app.ids.next(&call.app.clock);
    let message = compose::compose(id, &TEST, &content, &post.config().from).map_err(Problem::internal)?;
    let health = match post.deliver(id, TEST.name, message).await {
        Ok(said) if post.delivers() => {
            Health { ok: true, message: format!("The mail server took it: {said}"), version: None, milliseconds: 0, retry: None }
        }
        Ok(path) => Health {
            ok: false,
            message: format!("No mail server is configured, so it was put into the file {path}"),
            version: None,
            milliseconds: 0,
            retry: Some(RetryClass::Never),
        },
        Err(Failure::Fail(problem)) => {
            Health { ok: false, message: problem.detail().to_owned(), version: None, milliseconds: 0, retry: Some(RetryClass::Never) }
        }
        Err(Failure::Retry(problem)) => {
            Health { ok: false, message: problem.detail().to_owned(), version: None, milliseconds: 0, retry: Some(RetryClass::Later) }
        }
        Err(_) => return Err(Problem::unavailable("It was cancelled")),
    };
    answer(StatusCode::OK, &health)
}
