//! What was spent under the budgets of a rollout, and what is held.

use crate::{
    args::{Format, Which},
    client::Client,
    fail::Fail,
    out,
};
use control::accounts::{Account, Accounts, Closed, Requests};
use std::fmt::Write;

pub(crate) fn run(client: &Client, format: Format, which: &Which) -> Result<(), Fail> {
    let id = client.which(which.rollout.as_ref())?;
    let accounts: Accounts = client.get(&format!("/v1/rollouts/{id}/budgets"))?;
    out::show(format, &accounts, text);
    Ok(())
}

fn text(accounts: &Accounts) -> String {
    let Accounts { id, at, budgets } = accounts;
    if budgets.is_empty() {
        return format!("{id}: its plan has no budgets");
    }
    let mut text = format!("{id}  {at}\n");
    for budget in budgets {
        account(&mut text, budget);
    }
    text
}

fn account(text: &mut String, account: &Account) {
    let Account { name, window, next, spent, held, left, cap, .. } = account;
    let mut line = |what: &str, is: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {what:<10} {is}");
    };
    line("", String::new());
    line(name, format!("{window}, the next window begins at {next}"));
    line("spent", format!("${spent} of ${cap}, {}", requests(spent, &account.requests)));
    line("held", format!("${held}; ${left} may still be reserved"));
    if let Some(Closed { by, at }) = &account.closed {
        line("CLOSED", format!("by {by} at {at}: what is held is still settled"));
    }
    if account.over != "0" {
        line("OVER", format!("${} beyond the cap", account.over));
    }
    if account.refused {
        line("REFUSED", "somebody was refused money in this window".to_owned());
    }
    if let Some(warn) = &account.warn {
        line("warning", format!("from ${warn} on"));
    }
    line("forecast", account.forecast.as_ref().map_or("not yet".to_owned(), |sum| format!("${sum}")));
    if let Some((least, most)) = &account.expect {
        line("expected", format!("${least} to ${most} a day"));
    }
    if let Some(baseline) = &account.baseline {
        line("baseline", format!("${baseline} a request while nobody was exposed"));
    }
    if !account.off.is_empty() {
        line("off", format!("{} until the window ends", account.off.join(", ")));
    }
    for of in &account.stages {
        let stage = of.stage.as_deref().unwrap_or("nobody");
        line("", format!("{stage:<16} ${}, {}", of.spent, requests(&of.spent, &of.requests)));
    }
}

fn requests(spent: &str, of: &Requests) -> String {
    match (of.count, &of.each) {
        (0, _) if spent != "0" => "told by a metric".to_owned(),
        (0, _) | (_, None) => "no requests".to_owned(),
        (1, Some(each)) => format!("one request at ${each}"),
        (count, Some(each)) => format!("{count} requests at ${each}"),
    }
}
