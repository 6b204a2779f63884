//! The known name that somebody meant.

/// Longer names are not compared: they are no slips of the finger.
const LONGEST: usize = 64;

/// What to say about a name that is not known: the nearest known one, or all of them.
pub(super) fn help(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "the plan has none".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    let scored = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    scored.filter(|(edits, _)| *edits <= most).min().map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements that turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    if a.len() >= LONGEST || b.len() >= LONGEST {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = row[j] + usize::from(x != *y);
            next.push(replaced.min(row[j + 1] + 1).min(next[j] + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
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
