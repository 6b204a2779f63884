//! How a plan may name a Lambda function, and what two names have in common.

use super::Target;

/// Lambda's limit.
const NAME_MAX: usize = 64;

impl Target {
    /// What rollouts hold: the same for a name and for any ARN with that name, so that two plans which write one function
    /// differently never hold it both. Functions of two regions that are called the same wait for each other.
    pub fn held_as(&self) -> &str {
        self.function.rsplit(':').next().unwrap_or(&self.function)
    }
}

/// Whether this is the name of a function, or its ARN: of the function itself and not of a version or an alias, whose
/// variables nobody can set.
pub(super) fn is_function(text: &str) -> bool {
    let is_name = |name: &str| {
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        (1..=NAME_MAX).contains(&name.len()) && name.chars().all(plain)
    };
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [name] => is_name(name),
        ["arn", partition, "lambda", region, account, "function", name] => {
            let filled = !partition.is_empty() && !region.is_empty();
            filled
                && account.len() == 12
                && account.chars().all(|char| char.is_ascii_digit())
                && is_name(name)
        }
        _ => false,
    }
}
