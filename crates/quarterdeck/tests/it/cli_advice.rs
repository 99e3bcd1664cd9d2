//! `quarterdeck sources advice`: what is found, as a list and as a check.

use crate::explorer_lab::lab;
use crate::process::{Node, Place};
use testkit::{OWNER_EMAIL, PASSWORD};

const TABLES: &str =
    "create table public.open_all (id bigint primary key); grant select on public.open_all to anon; create table public.keyless (n int)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_lists_what_is_found_and_fails_on_what_matters() {
    let lab = lab(TABLES).await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    let login = ["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"];
    place.run(&login, &format!("{PASSWORD}\n")).expect(0);
    let advice = |words: &[&str]| place.run(&[&["sources", "advice"], words].concat(), "");

    let all = advice(&["-o", "csv"]).expect(0);
    assert!(
        all.out().contains("critical,rls-off,public.open_all,anon: select,alter table public.open_all enable row level security;"),
        "{}",
        all.out()
    );
    assert!(all.out().contains("no-primary-key,public.keyless"), "{}", all.out());
    let worst = advice(&["main", "--at-least", "critical"]).expect(0);
    assert!(worst.out().contains("rls-off") && !worst.out().contains("no-primary-key"), "{}", worst.out());

    assert!(advice(&["--fail-on", "critical"]).expect(1).err().contains("1 found"));
    lab.db.batch_execute("alter table public.open_all enable row level security; create policy p on public.open_all to authenticated using (id > 0) with check (id > 0)").await.unwrap();
    advice(&["--fail-on", "critical"]).expect(0);
    advice(&["--fail-on", "dreadful"]).expect(2);
    advice(&["nowhere"]).expect(5);
}
