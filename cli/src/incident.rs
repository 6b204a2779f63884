//! Every rollback there ever was.

use crate::{args::Format, client::Client, fail::Fail, out};
use console::Incidents;
use control::view::{Incident, incident};

pub(crate) fn list(client: &Client, format: Format) -> Result<(), Fail> {
    let listed: Incidents = client.get("/v1/incidents")?;
    if format == Format::Jsonl {
        listed.incidents.iter().for_each(|one| out::show(format, one, row));
        return Ok(());
    }
    out::show(format, &listed, |listed| match listed.incidents.as_slice() {
        [] => "nothing was ever rolled back".to_owned(),
        all => all.iter().map(row).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

fn row(one: &Incident) -> String {
    let state = if one.open.is_empty() { "closed" } else { "open" };
    format!("{:<36} {} {state:<6} {}  {}", one.id, one.severity, one.opened, one.cause)
}

pub(crate) fn show(client: &Client, format: Format, id: &str) -> Result<(), Fail> {
    let one: Incident = client.get(&format!("/v1/incidents/{id}"))?;
    out::show(format, &one, incident::page);
    Ok(())
}
