//! The pieces of a file as batches, read and taken apart while the one before is written.

use super::batch::Batch;
use super::settings::Plan;
use super::store::{self, Import};
use kernel::{App, Caller, Problem, Result};
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver};
use uuid::Uuid;

/// `numbered`: whether each row is to begin with its number in the batch.
pub fn pieces(app: &Arc<App>, import: &Import, plan: &Arc<Plan>, numbered: bool) -> Receiver<Result<Batch>> {
    let (sender, receiver) = mpsc::channel(1);
    let (app, plan, id, header) = (app.clone(), plan.clone(), import.id, import.header);
    tokio::spawn(async move {
        for number in 0.. {
            // Two are held, one that is written and one that is ready: the next isn't read before there is room for it.
            let Ok(room) = sender.reserve().await else { return };
            let batch = match read(&app, id, number).await {
                Ok(None) => return,
                Ok(Some((line, raw))) => {
                    let plan = plan.clone();
                    let skip = usize::from(header && number == 0);
                    let line = u64::try_from(line).unwrap_or_default();
                    // Megabytes, and whoever is on this thread has others to serve.
                    tokio::task::spawn_blocking(move || Batch::of(&plan, raw, line, skip, numbered)).await.map_err(Problem::internal)
                }
                Err(problem) => Err(problem),
            };
            let is_over = batch.is_err();
            room.send(batch);
            if is_over {
                return;
            }
        }
    });
    receiver
}

async fn read(app: &Arc<App>, id: Uuid, number: i32) -> Result<Option<(i64, Vec<u8>)>> {
    let tx = app.db.begin(&Caller::system("import"), app.clock.now()).await?;
    let piece = store::read_piece(tx.db(), id, number).await?;
    tx.rollback().await?;
    Ok(piece)
}
