//! What is wrong with a deployed stack, and what to do about it.

#[cfg(feature = "aws")]
pub(crate) use with::run;

/// This build knows no account.
#[cfg(not(feature = "aws"))]
pub(crate) fn run(
    _: &crate::args::Common,
    _: crate::args::Format,
    _: &crate::args::DoctorArgs,
) -> Result<std::process::ExitCode, crate::fail::Fail> {
    Err(crate::account::not_built("`tidegate doctor` looks at an AWS account"))
}

#[cfg(feature = "aws")]
mod with {
    use crate::{
        account,
        args::{Common, DoctorArgs, Format},
        fail::Fail,
        out, plan,
    };
    use aws::doctor::{Answer, Doctor, Finding};
    use std::{fmt::Write, process::ExitCode};
    use tokio::runtime::Builder;

    /// Nothing is known to be wrong, but something is not known. The same as of `validate`.
    const NOT_KNOWN: u8 = 4;

    /// What is wrong is for whoever asks to see to.
    pub(crate) fn run(common: &Common, format: Format, args: &DoctorArgs) -> Result<ExitCode, Fail> {
        let plans = args.plans.iter().map(|file| plan::read(file)).collect::<Result<Vec<_>, _>>()?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| Fail::ours(format!("no runtime: {why}")))?;
        let found = runtime.block_on(async {
            let doctor = Doctor::at_hand(common.region.clone(), &args.stack).await;
            let doctor = doctor.map_err(|why| account::nobody(&why))?;
            if format == Format::Text {
                out::say(&format!(
                    "stack {}, account {}, region {}",
                    args.stack, doctor.account, doctor.region
                ));
            }
            Ok::<_, Fail>(doctor.look(&plans).await)
        })?;
        out::show(format, &found, |found| text(found));
        let any = |answer| found.iter().any(|finding| finding.answer == answer);
        Ok(match (any(Answer::No), any(Answer::NotKnown)) {
            (true, _) => ExitCode::from(1),
            (false, true) => ExitCode::from(NOT_KNOWN),
            (false, false) => ExitCode::SUCCESS,
        })
    }

    fn text(found: &[Finding]) -> String {
        let wide = found.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for Finding { what, answer, why, help } in found {
            let mark = match answer {
                Answer::Yes => "ok",
                Answer::No => "no",
                Answer::NotKnown => "??",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, " {mark}  {what:<wide$}  {why}");
            if let Some(help) = help {
                let _ = writeln!(text, "     {:<wide$}  -> {help}", "");
            }
        }
        let count = |answer| found.iter().filter(|finding| finding.answer == answer).count();
        let (yes, no, unknown) = (count(Answer::Yes), count(Answer::No), count(Answer::NotKnown));
        let _ = write!(text, "{yes} of {} ok, {no} not, {unknown} not known", found.len());
        text
    }
}
