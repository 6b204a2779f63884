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
        findings, out, plan,
    };
    use aws::doctor::Doctor;
    use std::process::ExitCode;
    use tokio::runtime::Builder;

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
        Ok(findings::show(format, &found))
    }
}
