//! Every bad input is told with its row.

#![expect(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use diff::{BadRow, Outputs, Pair, Side, pair};

fn read(side: Side, text: &str) -> Outputs {
    Outputs::read(side, text.as_bytes()).expect("good outputs")
}

fn paired(stable: &str, canary: &str) -> Result<Vec<Pair>, Vec<BadRow>> {
    pair(read(Side::Stable, stable), read(Side::Canary, canary))
}

#[test]
fn pairs_are_found_whatever_their_order() {
    let pairs = paired("id,value\nb,2\na,1\n", "\u{feff}id, value\r\na, 1.5\r\n\"b\",-2e-1\r\n");
    let expected = [("a", 1.0, 1.5), ("b", 2.0, -0.2)];
    let expected = expected.map(|(id, stable, canary)| Pair { id: id.to_owned(), stable, canary });
    assert_eq!(pairs, Ok(expected.to_vec()));
}

#[test]
fn every_bad_row_is_told() {
    let long = format!("a,1\n{}", "b,1\n".repeat(60));
    for (text, row, says) in [
        ("", 1, "the columns are `id,value`, not ``"),
        ("key,value\na,1\n", 1, "the columns are `id,value`, not `key,value`"),
        ("id,value,more\na,1,2\n", 1, "not `id,value,more`"),
        ("a,1\nb,2\n", 1, "not `a,1`"),
        ("id,value\n", 1, "nothing to compare"),
        ("id,value\na,1\n,2\n", 3, "the id is empty"),
        ("id,value\na,1\nb,2\na,1\n", 4, "`a` stands in row 2 already"),
        ("id,value\na,1\n\nb,x\n", 4, "`x` is not a number"),
        ("id,value\n\n\na,1\n\n\n\"b\nc\",1\nd,x\n", 9, "`x` is not a number"),
        ("id,value\na,\n", 2, "`` is not a number"),
        ("id,value\na,\"1,5\"\n", 2, "`1,5` is not a number"),
        ("id,value\na,NaN\n", 2, "`NaN` is not a finite number"),
        ("id,value\na,-inf\n", 2, "`-inf` is not a finite number"),
        ("id,value\na,1e999\n", 2, "`1e999` is not a finite number"),
        ("id,value\na,1\nb\n", 3, "it has 1 columns of 2"),
        ("id,value\na,1,2\n", 2, "it has 3 columns of 2"),
    ] {
        check_bad(text, row, says);
        check_bad(&format!("\u{feff}{}", text.replace('\n', "\r\n")), row, says);
    }
    let many = Outputs::read(Side::Stable, format!("id,value\n{long}").as_bytes()).err().unwrap_or_default();
    assert_eq!(many.len(), 50, "all up to a limit");
}

#[track_caller]
fn check_bad(text: &str, row: u64, says: &str) {
    let bad = Outputs::read(Side::Canary, text.as_bytes()).err().unwrap_or_default();
    let told: Vec<(Side, u64)> = bad.iter().map(|bad| (bad.side, bad.row)).collect();
    assert_eq!(told, [(Side::Canary, row)], "{text:?}: {bad:?}");
    assert!(bad[0].to_string().starts_with(&format!("row {row}: ")), "{text:?}: {bad:?}");
    assert!(bad[0].what.contains(says), "{text:?}: {bad:?}");
}

#[test]
fn what_is_no_text_is_told() {
    let bad = Outputs::read(Side::Stable, &b"id,value\na,1\n\xff,2\n"[..]).err().unwrap_or_default();
    assert_eq!(bad.iter().map(ToString::to_string).collect::<Vec<_>>(), ["row 3: it is not UTF-8"]);
}

#[test]
fn whoever_has_no_partner_is_told_from_both_sides() {
    let bad = paired("id,value\na,1\nz,2\nc,3\n", "id,value\nb,1\na,1\n").err().unwrap_or_default();
    let told: Vec<String> = bad.iter().map(|bad| format!("{} {bad}", bad.side)).collect();
    assert_eq!(
        told,
        [
            "stable row 3: `z` has no partner among the outputs of canary",
            "stable row 4: `c` has no partner among the outputs of canary",
            "canary row 2: `b` has no partner among the outputs of stable",
        ]
    );
}

#[test]
fn a_difference_beyond_a_float_is_told() {
    let bad = paired("id,value\na,1e308\n", "id,value\na,-1e308\n").err().unwrap_or_default();
    assert!(bad.len() == 1 && bad[0].row == 2 && bad[0].what.contains("`a` differs by more"), "{bad:?}");
}
