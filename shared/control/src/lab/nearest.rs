//! What to say about a name that is not known.

use rollout::nearest::nearest;

/// What to say about a name that is not known: the nearest known one, or all of them.
pub(super) fn help(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "the plan has none".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let known = ["error_rate", "memory", "p95_latency"];
        assert_eq!(help("eror_rate", &known), "did you mean `error_rate`?");
        assert_eq!(help("p59_latency", &known), "did you mean `p95_latency`?");
        assert_eq!(help("tickets", &known), "known are error_rate, memory, p95_latency");
        assert_eq!(help("tickets", &[]), "the plan has none");
    }
}
