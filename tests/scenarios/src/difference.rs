//! Where two texts differ, line by line, with what stands around it.

/// Lines that are shown around a difference.
const AROUND: usize = 3;

/// What must be taken from `old` (`-`) and put into it (`+`) to make `new`; empty when they are the same.
pub fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&old, &new);
    let changes: Vec<usize> =
        edits.iter().enumerate().filter(|(_, (sign, _))| *sign != ' ').map(|(at, _)| at).collect();
    let is_near = |at: usize| changes.iter().any(|change| change.abs_diff(at) <= AROUND);
    let mut shown = String::new();
    let mut gap = false;
    for (at, (sign, line)) in edits.into_iter().enumerate() {
        if !is_near(at) {
            gap = true;
            continue;
        }
        if gap && !shown.is_empty() {
            shown.push_str("...\n");
        }
        gap = false;
        shown.push_str(&format!("{sign} {line}\n"));
    }
    shown
}

/// Every line with what becomes of it, by the longest lines that both have in common.
fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let common = common(old, new);
    let at = |i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j, mut edits) = (0, 0, vec![]);
    loop {
        match (old.get(i), new.get(j)) {
            (None, None) => return edits,
            (Some(a), Some(b)) if a == b => {
                edits.push((' ', *a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(i + 1, j) >= at(i, j + 1) => {
                edits.push(('-', *a));
                i += 1;
            }
            (_, Some(b)) => {
                edits.push(('+', *b));
                j += 1;
            }
            (Some(a), None) => {
                edits.push(('-', *a));
                i += 1;
            }
        }
    }
}

/// How many lines the rests from each pair of places have in common.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; new.len() + 1]];
    for a in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0; new.len() + 1];
        for (j, b) in new.iter().enumerate().rev() {
            row[j] = if a == b { below[j + 1] + 1 } else { row[j + 1].max(below[j]) };
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_with_what_stands_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk";
        assert_eq!(difference(old, old), "");
        assert_eq!(difference("a\nb\nc", "a\nx\nc\nd"), "  a\n- b\n+ x\n  c\n+ d\n");
        let new = "A\nb\nc\nd\ne\nf\ng\nh\ni\nj\nK";
        assert_eq!(difference(old, new), "- a\n+ A\n  b\n  c\n  d\n...\n  h\n  i\n  j\n- k\n+ K\n");
    }
}
