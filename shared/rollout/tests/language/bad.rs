//! Bad plans: the transcript beside this file has one example for each message. With `BLESS=1` it is written anew.

use crate::{EXAMPLE, problems};

const TRANSCRIPT: &str = include_str!("bad.txt");

#[test]
fn every_bad_plan_is_told_what_is_wrong_with_it() {
    let mut cases = 0;
    let mut played = String::new();
    for line in TRANSCRIPT.lines().filter(|line| !line.starts_with("    ")) {
        played.push_str(line);
        played.push('\n');
        let Some((old, new)) = line.split_once(" =>").filter(|_| !line.starts_with('#')) else { continue };
        assert!(EXAMPLE.contains(old), "the example has no `{old}`");
        let new = new.strip_prefix(' ').unwrap_or(new).replace("\\n", "\n");
        for problem in problems(&EXAMPLE.replacen(old, &new, 1)) {
            played.push_str(&format!("    {problem}\n"));
        }
        cases += 1;
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/language/bad.txt"), played).unwrap();
        return;
    }
    assert!(cases > 100, "only {cases} cases were found in the transcript");
    for (played, expected) in played.lines().zip(TRANSCRIPT.lines()) {
        assert_eq!(played, expected);
    }
    assert_eq!(played.lines().count(), TRANSCRIPT.lines().count());
}

#[test]
fn an_environment_that_outgrows_lambda_is_refused() {
    let large = EXAMPLE.replace("${percent}", &"x".repeat(3_500));
    let expected = "9:1+7: the environment of api could have 4535 bytes at stage `all`, more than Lambda's 4096 | 1024 \
                    of them are kept free for this system's own variable";
    assert_eq!(problems(&large), [expected]);
}
