//! The sign-off table of a rollout.

use crate::{
    args::{Format, SignoffArgs},
    client::Client,
    fail::Fail,
    out,
};
use control::view::{Signoff, signoff};

pub(crate) fn show(client: &Client, format: Format, args: &SignoffArgs) -> Result<(), Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let table: Signoff = client.get(&format!("/v1/rollouts/{id}/signoff"))?;
    let text = if args.markdown { signoff::markdown } else { signoff::page };
    out::show(format, &table, text);
    Ok(())
}
