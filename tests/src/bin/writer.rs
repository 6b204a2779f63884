//! Commits to an embedded table until it is killed, and says the version of each commit once it was answered.

use aws::embedded::Embedded;
use control::ports::Store;
use rollout::rollout::RolloutId;
use std::{error::Error, io::Write, path::PathBuf};
use tests::sample;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().ok_or("which file?")?);
    let id = RolloutId(arguments.next().ok_or("which rollout?")?);
    let embedded = Embedded::open(&file).await?;
    let store = embedded.store();
    if store.rollouts().await?.is_empty() {
        store.start(&sample::start(&id.0, &["f"], 0, "start")?).await?;
    }
    loop {
        let head = store.load(&id).await?.head;
        let commit =
            sample::commit(&head, vec![sample::note("one"), sample::note("two")], &head.version.to_string())?;
        store.commit(&commit).await?;
        writeln!(std::io::stdout(), "{}", commit.head.version)?;
    }
}
