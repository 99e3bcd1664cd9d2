//! `quarterdeck data … export`: into a pipe or a file, and no file where it ended early.

use crate::explorer_lab::lab;
use crate::process::{Ended, Node, Place};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use testkit::{OWNER_EMAIL, PASSWORD};

const TABLE: &str = "create table public.many as select n as id, 'row ' || n as name from generate_series(1, 30000) n; \
     create view public.breaks as select id, 1 / (29000 - id) as share from many; \
     create view public.endless as select n as id, repeat('x', 5000) as pad, pg_sleep(0.01)::text as late from generate_series(1, 30000) n";

struct Console {
    place: Place,
    node: Node,
}

impl Console {
    fn export(&self, table: &str, words: &[&str]) -> Ended {
        self.place.run(&[&["data", "main", table, "export"], words].concat(), "")
    }

    /// Begins a command that has no end, and interrupts it as `Ctrl-C` does: once it writes, or else once the panel is at it.
    fn interrupt(&self, words: &[&str], folder: &Path) -> Ended {
        let mut child = self.place.begin(words);
        let began = Instant::now();
        while std::fs::read_dir(folder).unwrap().count() < 2 && began.elapsed() < Duration::from_secs(3) {
            std::thread::yield_now();
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        Ended(child.wait_with_output().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_go_into_a_pipe_or_a_file_and_a_part_is_never_left() {
    let lab = lab(TABLE).await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    let console = Console { place, node };
    let login = ["login", "--url", &console.node.url, "--email", OWNER_EMAIL, "--password-stdin"];
    console.place.run(&login, &format!("{PASSWORD}\n")).expect(0);

    let piped = console.export("many", &["--filter", "id=lte.2", "--order", "id.desc", "--select", "name,number:id"]).expect(0);
    assert_eq!(piped.out(), "name,number\nrow 2,2\nrow 1,1\n");
    let lines = console.export("many", &["--filter", "id=eq.7", "--format", "ndjson"]).expect(0);
    assert_eq!(lines.out(), "{\"id\":7,\"name\":\"row 7\"}\n");

    let folder = console.place.home.join("taken");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("many.csv");
    let to = file.to_str().unwrap();
    let written = console.export("many", &["--to", to]).expect(0);
    assert!(written.out().is_empty() && written.err().contains(" to "), "{} {}", written.out(), written.err());
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 30_001);

    // What was there stays until all of the new one has come.
    let broken = console.export("breaks", &["--to", to]).expect(1);
    assert!(broken.err().contains("before all had come"), "{}", broken.err());
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 30_001);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no part is left");

    // Whoever interrupts is told what is left: nothing in a file, a part in a pipe.
    for format in ["csv", "xlsx"] {
        let stopped = console.interrupt(&["data", "main", "endless", "export", "--format", format, "--to", to], &folder).expect(1);
        assert!(stopped.err().contains("stopped after") && stopped.err().contains("as it was"), "{}", stopped.err());
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 30_001);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no part is left");
    }
    let sheet = folder.join("many.parquet");
    console.export("many", &["--format", "parquet", "--to", sheet.to_str().unwrap()]).expect(0);
    assert!(std::fs::read(&sheet).unwrap().ends_with(b"PAR1"));

    let wrong = console.export("many", &["--filter", "id=eq.x"]).expect(7);
    assert!(wrong.out().is_empty() && wrong.err().contains("id"), "{}", wrong.err());
    console.export("nowhere", &[]).expect(5);
    console.export("many", &["--format", "xls"]).expect(2);
}
