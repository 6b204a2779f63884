//! A log, proved: that nothing in it was changed, taken out or put in, and that the rollout stands where it says.

use crate::{
    args::{Format, LogArgs},
    client::Client,
    fail::Fail,
    out, read,
};
use console::Written;
use rollout::{
    log::{Audit, Entry},
    rollout::{Rollout, RolloutId},
};
use serde::Serialize;
use std::{fs, path::Path};

/// What was proved.
#[derive(Serialize)]
struct Proved<'a> {
    rollout: &'a str,
    entries: usize,
    /// The hash of the last entry: note it elsewhere, and everything up to it is nailed down.
    hash: &'a str,
    /// Whether it was compared with where the rollout stands; a file says nothing of that.
    head: bool,
}

/// A log that was read: its entries, and where the rollout stands if somebody says.
struct Whole {
    id: String,
    entries: Vec<Entry>,
    head: Option<Rollout>,
}

pub(crate) fn log(
    client: impl FnOnce() -> Result<Client, Fail>,
    format: Format,
    args: &LogArgs,
) -> Result<(), Fail> {
    if !args.verify && !args.export {
        return read::log(&client()?, format, args);
    }
    let whole = match &args.file {
        Some(file) => from_file(file, args.which.rollout.as_deref())?,
        None => from_api(&client()?, args)?,
    };
    if args.verify {
        return verify(&whole, args.anchor.as_deref(), format);
    }
    whole.entries.iter().for_each(|entry| out::show(Format::Jsonl, entry, |_| String::new()));
    Ok(())
}

fn from_api(client: &Client, args: &LogArgs) -> Result<Whole, Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let (mut entries, mut after) = (vec![], 0);
    loop {
        let part: Written = client.get(&format!("/v1/rollouts/{id}/entries?after={after}"))?;
        entries.extend(part.entries);
        match part.next {
            Some(next) => after = next.0,
            None => return Ok(Whole { id, entries, head: part.head }),
        }
    }
}

fn from_file(file: &Path, id: Option<&str>) -> Result<Whole, Fail> {
    let text = fs::read_to_string(file).map_err(|why| Fail::yours(format!("{}: {why}", file.display())))?;
    let entry = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|why| {
            let place = format!("{} line {}", file.display(), number + 1);
            Fail::yours(format!("{place} is no entry of a log: {why}"))
                .help("`tidegate log --export` writes such files")
        })
    };
    let entries = text.lines().enumerate().map(entry).collect::<Result<_, _>>()?;
    // What a rollout is called stands in no entry: it changes nothing of the proof.
    let id = id.map_or_else(|| file.display().to_string(), str::to_owned);
    Ok(Whole { id, entries, head: None })
}

fn verify(whole: &Whole, anchor: Option<&str>, format: Format) -> Result<(), Fail> {
    let id = &whole.id;
    let broken = |why: String| {
        Fail::yours(format!("the log of {id} is broken: {why}"))
            .help("keep this copy (--export), and compare it with a backup of the table")
    };
    let mut audit = Audit::new(RolloutId(id.clone()));
    whole.entries.iter().try_for_each(|entry| audit.take(entry)).map_err(|why| broken(why.to_string()))?;
    let folded = audit.head().ok_or_else(|| Fail::yours(format!("the log of {id} has no entries")))?;
    if let Some(head) = whole.head.as_ref().filter(|head| *head != folded) {
        let [folded, head] = [folded, head].map(|head| format!("{}, {:?}", head.version, head.phase));
        return Err(broken(format!("it comes to {folded}, and the rollout stands at {head}")));
    }
    if let Some(anchor) = anchor.filter(|anchor| !whole.entries.iter().any(|entry| entry.hash == **anchor)) {
        return Err(broken(format!("no entry has the hash {anchor}, which was noted elsewhere")));
    }
    let proved =
        Proved { rollout: id, entries: whole.entries.len(), hash: &folded.hash, head: whole.head.is_some() };
    out::show(format, &proved, |proved| {
        let head = if proved.head { ", and the rollout stands where they say" } else { "" };
        // An end that was cut off leaves a log that is whole in itself.
        let rest = if proved.head || anchor.is_some() {
            String::new()
        } else {
            let last = folded.version;
            format!("\nwhat came after entry {last} is not known here: --anchor HASH nails it")
        };
        format!(
            "{} entries, each as it was written and with the hash of the one before it{head}{rest}\nthe last hash: {}",
            proved.entries, proved.hash
        )
    });
    Ok(())
}
