//! How jobs ended, written down together: while one statement is under way, those that end meanwhile are gathered for the
//! next. A job is out of its worker's hands once its end is written, no earlier.

use crate::store::{self, Ended};
use kernel::{App, Caller, Problem, Result};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;

/// How ends are written: so many in one statement at the most, by so many at once.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub together: usize,
    pub writers: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { together: 500, writers: 1 }
    }
}

type Ack = (Ended, oneshot::Sender<Result<bool>>);

/// Takes ends to whoever writes them.
#[derive(Clone)]
pub struct Acks(mpsc::Sender<Ack>);

impl Acks {
    /// The way in; those who write are spawned into `beside`.
    pub fn new(app: &Arc<App>, pace: Pace, beside: &mut JoinSet<()>) -> Self {
        let (sender, receiver) = mpsc::channel(pace.together);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..pace.writers {
            beside.spawn(write(app.clone(), receiver.clone(), pace.together));
        }
        Self(sender)
    }

    /// Whether the job was still held.
    pub async fn write(&self, ended: Ended) -> Result<bool> {
        let (sender, written) = oneshot::channel();
        let gone = || Problem::unavailable("The worker is ending");
        self.0.send((ended, sender)).await.map_err(|_| gone())?;
        written.await.unwrap_or_else(|_| Err(gone()))
    }
}

async fn write(app: Arc<App>, acks: Arc<Mutex<mpsc::Receiver<Ack>>>, most: usize) {
    let mut gathered = Vec::with_capacity(most);
    while acks.lock().await.recv_many(&mut gathered, most).await > 0 {
        let (ended, told): (Vec<Ended>, Vec<oneshot::Sender<Result<bool>>>) = gathered.drain(..).unzip();
        match together(&app, &ended).await {
            Ok(held) => tell(told, held.into_iter().map(Ok)),
            // One that the database can't take must not keep the others from their end.
            Err(problem) if ended.len() > 1 && problem.kind() != kernel::problem::Kind::Unavailable => {
                let mut each = Vec::with_capacity(ended.len());
                for one in &ended {
                    each.push(together(&app, std::slice::from_ref(one)).await.map(|held| held.first() == Some(&true)));
                }
                tell(told, each.into_iter());
            }
            Err(problem) if ended.len() == 1 => tell(told, std::iter::once(Err(problem))),
            Err(problem) => {
                let said = problem.to_string();
                tell(told, ended.iter().map(|_| Err(Problem::unavailable(said.clone()))));
            }
        }
    }
}

fn tell(told: Vec<oneshot::Sender<Result<bool>>>, answers: impl Iterator<Item = Result<bool>>) {
    for (told, answer) in told.into_iter().zip(answers) {
        drop(told.send(answer));
    }
}

async fn together(app: &App, ended: &[Ended]) -> Result<Vec<bool>> {
    let tx = app.db.begin(&Caller::system("worker"), app.clock.now()).await?;
    let held = store::end(tx.db(), ended).await?;
    tx.commit().await?;
    Ok(ended.iter().map(|ended| held.contains(&ended.id)).collect())
}
