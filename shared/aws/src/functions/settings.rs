//! What a function is made of beside its code and its environment: a published version takes all of it with it.

use aws_sdk_lambda::{
    operation::get_function_configuration::GetFunctionConfigurationOutput,
    types::{LogFormat, PackageType, SnapStartApplyOn, TracingMode, VpcConfigResponse},
};
use control::ports::Settings;
use std::fmt::Debug;

/// What a function has in `/tmp` where nobody says, in MB.
const STORAGE_MB: i32 = 512;

/// Compared with the same of another version, and never shown: only the names are. What Lambda itself changes is left out:
/// its own updates of a runtime, and how far a snapshot is.
pub(super) fn settings(answer: &GetFunctionConfigurationOutput) -> Settings {
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.join(" ")
    };
    let layers: Vec<&str> = answer.layers().iter().filter_map(|layer| layer.arn()).collect();
    let architectures = answer.architectures().iter().map(|known| known.as_str()).collect();
    let all = [
        // Layers lie over each other in their order.
        ("layers", Some(layers.join(" "))),
        ("memory", said(answer.memory_size())),
        ("timeout", said(answer.timeout())),
        ("role", answer.role().map(str::to_owned)),
        ("runtime", said(answer.runtime())),
        ("handler", answer.handler().map(str::to_owned)),
        ("architecture", Some(sorted(architectures)).filter(|is| is != "x86_64")),
        ("package type", said(answer.package_type().filter(|is| **is != PackageType::Zip))),
        ("image settings", image(answer)),
        ("network", answer.vpc_config().map(|network| sorted(parts(network)))),
        (
            "file systems",
            Some(answer.file_system_configs()).filter(|all| !all.is_empty()).and_then(|all| said(Some(all))),
        ),
        ("storage", said(answer.ephemeral_storage().map(|of| of.size()).filter(|size| *size != STORAGE_MB))),
        ("key", answer.kms_key_arn().map(str::to_owned)),
        ("dead-letter target", answer.dead_letter_config().and_then(|to| to.target_arn()).map(str::to_owned)),
        (
            "tracing",
            said(
                answer
                    .tracing_config()
                    .and_then(|tracing| tracing.mode())
                    .filter(|is| **is != TracingMode::PassThrough),
            ),
        ),
        ("logging", logging(answer)),
        (
            "SnapStart",
            said(
                answer
                    .snap_start()
                    .and_then(|start| start.apply_on())
                    .filter(|is| **is != SnapStartApplyOn::None),
            ),
        ),
        ("durable execution", said(answer.durable_config())),
        ("capacity provider", said(answer.capacity_provider_config())),
        ("tenancy", said(answer.tenancy_config())),
    ];
    // What is empty, or as Lambda has it where nobody says, is not there: an older version may not tell of it.
    all.into_iter().filter_map(|(name, is)| Some((name, is.filter(|is| !is.is_empty())?))).collect()
}

/// Where an image is entered; not why that cannot be told now.
fn image(answer: &GetFunctionConfigurationOutput) -> Option<String> {
    let image = answer.image_config_response()?.image_config()?;
    let parts = (image.entry_point(), image.command(), image.working_directory());
    (parts != (&[], &[], None)).then(|| format!("{parts:?}"))
}

/// Plain text in the function's own group is what there is where nobody says.
fn logging(answer: &GetFunctionConfigurationOutput) -> Option<String> {
    let logging = answer.logging_config()?;
    let own = answer.function_name().map(|name| format!("/aws/lambda/{name}"));
    let format = logging.log_format().filter(|is| **is != LogFormat::Text);
    let group = logging.log_group().filter(|group| Some(*group) != own.as_deref());
    let levels = (logging.application_log_level(), logging.system_log_level());
    let parts = (format, group, levels);
    (parts != (None, None, (None, None))).then(|| format!("{parts:?}"))
}

fn said(setting: Option<impl Debug>) -> Option<String> {
    setting.map(|is| format!("{is:?}"))
}

/// Lambda tells subnets and groups in any order.
fn parts(network: &VpcConfigResponse) -> Vec<&str> {
    let dual = network.ipv6_allowed_for_dual_stack().unwrap_or(false).then_some("IPv6");
    let groups = network.subnet_ids().iter().chain(network.security_group_ids());
    groups.map(String::as_str).chain(dual).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_lambda::types::{
        Architecture, EphemeralStorage, Layer, LoggingConfig, SnapStartOptimizationStatus, SnapStartResponse,
        TracingConfigResponse,
    };

    fn answer() -> GetFunctionConfigurationOutput {
        let network = VpcConfigResponse::builder().subnet_ids("b").subnet_ids("a").security_group_ids("g");
        GetFunctionConfigurationOutput::builder().memory_size(128).vpc_config(network.build()).build()
    }

    #[test]
    fn what_lambda_changes_by_itself_is_no_difference() {
        let snapshot = |how: SnapStartOptimizationStatus| {
            let start = SnapStartResponse::builder().apply_on(SnapStartApplyOn::PublishedVersions);
            let mut answer = answer();
            answer.snap_start = Some(start.optimization_status(how).build());
            answer
        };
        let (off, on) = (SnapStartOptimizationStatus::Off, SnapStartOptimizationStatus::On);
        assert_eq!(settings(&snapshot(off)), settings(&snapshot(on)));
    }

    #[test]
    fn nothing_and_empty_are_one_and_the_order_of_subnets_is_none() {
        let mut other = answer();
        let network = VpcConfigResponse::builder().subnet_ids("a").subnet_ids("b").security_group_ids("g");
        (other.vpc_config, other.layers) = (Some(network.build()), Some(vec![]));
        assert_eq!(settings(&answer()), settings(&other));
        other.vpc_config = Some(VpcConfigResponse::builder().build());
        let none = GetFunctionConfigurationOutput::builder().memory_size(128).build();
        assert_eq!(settings(&other), settings(&none));
    }

    #[test]
    fn what_nobody_has_said_is_as_if_it_was_not_told() {
        let mut told = answer();
        told.architectures = Some(vec![Architecture::X8664]);
        told.package_type = Some(PackageType::Zip);
        told.ephemeral_storage = Some(EphemeralStorage::builder().size(512).build().unwrap());
        told.tracing_config = Some(TracingConfigResponse::builder().mode(TracingMode::PassThrough).build());
        told.snap_start = Some(SnapStartResponse::builder().apply_on(SnapStartApplyOn::None).build());
        let logging = LoggingConfig::builder().log_format(LogFormat::Text).log_group("/aws/lambda/worker");
        (told.logging_config, told.function_name) = (Some(logging.build()), Some("worker".to_owned()));
        assert_eq!(settings(&told), settings(&answer()));
        told.logging_config = Some(LoggingConfig::builder().log_group("/elsewhere").build());
        told.ephemeral_storage = Some(EphemeralStorage::builder().size(1024).build().unwrap());
        let names = |all: Settings| all.into_keys().collect::<Vec<_>>();
        let more = names(settings(&told)).into_iter().filter(|name| !settings(&answer()).contains_key(name));
        assert_eq!(more.collect::<Vec<_>>(), ["logging", "storage"]);
    }

    #[test]
    fn layers_have_an_order_and_all_else_a_name() {
        let layer = |arn: &str| Layer::builder().arn(arn).build();
        let (mut one, mut other) = (answer(), answer());
        one.layers = Some(vec![layer("x"), layer("y")]);
        other.layers = Some(vec![layer("y"), layer("x")]);
        assert_ne!(settings(&one)["layers"], settings(&other)["layers"]);
        assert_eq!(settings(&one)["memory"], "128");
    }
}
