//! How long `assign` takes to answer for a user, in a function that has read its variables once.

use crate::{Measured, median};
use assign::{Assignment, Plain, User};
use std::{fmt::Write, hint::black_box, time::Instant};

/// Many and short, so that most of them are not interrupted.
const ROUNDS: usize = 301;
/// Asked about in turn, so that no answer is foreseen by the processor.
const USERS: usize = 4_096;
const TURNS: usize = 4;
/// As many as fit into the 4 KB that the variables of a Lambda function may have.
const LISTED: usize = 200;

pub(crate) fn measure() -> Measured {
    let ids: Vec<String> = (0..USERS).map(|n| format!("0190c1f2-7d3a-7000-8000-{n:012}")).collect();
    let alone: Vec<User<'_>> = ids.iter().map(|id| User::new(id)).collect();
    let member =
        |id| User { id, groups: &["sales", "eu-central", "beta-testers"], opted_in: &["volunteers"] };
    let members: Vec<User<'_>> = ids.iter().map(|id| member(id)).collect();
    let plain = Plain { enabled: None, percent: "PERCENT", users: None };
    let plain = Assignment::from_plain("elite-endpoints", &plain, |_| Some("12.5".to_owned()));
    let flags = Assignment::from_flags("elite-endpoints", "FLAGS", |_| Some(document(&ids)));
    if let Some(problem) = plain.problem().or(flags.problem()) {
        return Err(problem.to_string().into());
    }
    print("a percentage", &plain, &alone);
    print(&format!("flags, {LISTED} listed users"), &flags, &alone);
    print(&format!("flags, {LISTED} listed users, 3 groups and a wish of each user"), &flags, &members);
    Ok(())
}

fn print(name: &str, assignment: &Assignment, users: &[User<'_>]) {
    let within = users.iter().filter(|user| assignment.is_in(user)).count();
    let nanoseconds = (0..ROUNDS).map(|_| round(assignment, users)).collect();
    println!("assign, {name}: {:.1} ns an answer ({within} of {USERS} are in)", median(nanoseconds));
}

/// Nanoseconds for one answer.
fn round(assignment: &Assignment, users: &[User<'_>]) -> f64 {
    let began = Instant::now();
    for _ in 0..TURNS {
        for user in users {
            black_box(black_box(assignment).answer(black_box(user)));
        }
    }
    began.elapsed().as_secs_f64() * 1e9 / (TURNS * users.len()) as f64
}

/// What the mind writes for a sample, a list, a group and volunteers.
fn document(ids: &[String]) -> String {
    let mut listed = String::new();
    for (n, id) in ids.iter().step_by(USERS / LISTED).take(LISTED).enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(listed, "{}\"{id}\"", if n == 0 { "" } else { "," });
    }
    let cohort = |users: &str, groups: &str, opt_in: bool| {
        format!(
            r#"{{"enabled":true,"users":[{users}],"groups":[{groups}],"opt_in":{opt_in},"features":["search"]}}"#
        )
    };
    format!(
        r#"{{"enabled":true,"percentage":12.5,"features":["search"],"cohorts":{{"testers":{},"beta":{},"volunteers":{}}}}}"#,
        cohort(&listed, "", false),
        cohort("", "\"beta-group\",\"early-birds\"", false),
        cohort("", "", true),
    )
}
