use super::*;
use std::io::Cursor;

fn asked(args: &InitArgs, typed: &str) -> (Result<Answers, Fail>, String) {
    let mut said = vec![];
    let answers = ask(args, &mut Cursor::new(typed.as_bytes()), &mut said);
    (answers, String::from_utf8(said).unwrap())
}

/// Loaded, and not even unwise.
#[track_caller]
fn check_well(answers: &Answers) {
    let text = plan(answers);
    let loaded = load("plan.yaml", &text).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    assert_eq!(loaded.warnings, [], "{text}");
    assert_eq!(loaded.plan.name, answers.name);
    assert_eq!(loaded.plan.targets[0].function, answers.function);
    assert_eq!(loaded.plan.stages.len(), answers.stages.len());
}

#[test]
fn five_questions_make_a_plan_and_an_empty_line_is_the_usual_answer() {
    let (answers, said) = asked(&InitArgs::default(), "search-service\n\n\n\n\n");
    let answers = answers.unwrap();
    check_well(&answers);
    assert_eq!(said.matches('?').count(), 5, "{said}");
    assert_eq!(
        (answers.name.as_str(), answers.variable.as_str()),
        ("search-service", "SEARCH_SERVICE_PERCENT")
    );
    assert_eq!((answers.errors.as_str(), answers.owner.as_str()), (LAMBDA_ERRORS, "team"));
}

#[test]
fn what_a_flag_says_is_not_asked_and_a_bad_answer_is_asked_again() {
    let args =
        InitArgs { owner: Some("lena".to_owned()), name: Some("search".to_owned()), ..InitArgs::default() };
    let typed = "search-service\nAWS_REGION\nSEARCH_SHARE\nErrors\nSearch/Errors\n100,50\n1,50\n";
    let (answers, said) = asked(&args, typed);
    let answers = answers.unwrap();
    check_well(&answers);
    assert!(said.contains("the variable `AWS_REGION` is reserved"), "{said}");
    assert!(said.contains("is not the name of a metric of the source"), "{said}");
    assert!(said.contains("no list of growing percentages"), "{said}");
    assert!(!said.contains("Who owns it"), "{said}");
    assert_eq!((answers.name.as_str(), answers.variable.as_str()), ("search", "SEARCH_SHARE"));
    let (none, _) = asked(&args, "search-service\n");
    assert!(none.unwrap_err().to_string().contains("nothing is written"));
}

#[test]
fn whatever_is_answered_the_plan_is_well_or_refused() {
    let functions = [
        "f",
        "search-service",
        "Search_Service",
        "arn:aws:lambda:eu-west-1:123456789012:function:search",
        "yes",
        "9lives",
    ];
    let owners = ["team", "lena", "on-call", "no"];
    let stages = ["100", "5,25,100", "0.5, 1.25%,99.99", "1,2,3,4,5,6,7,8,9,10,20,100"];
    for function in functions {
        for owner in owners {
            for stage in stages {
                for errors in [None, Some("Search/Errors"), Some("Team.One/Search/Errors")] {
                    let args = InitArgs {
                        function: Some(function.to_owned()),
                        owner: Some(owner.to_owned()),
                        stages: Some(stage.to_owned()),
                        error_metric: errors.map(str::to_owned),
                        ..InitArgs::default()
                    };
                    check_well(&given(&args).unwrap());
                }
            }
        }
    }
}

#[test]
fn what_would_break_out_of_its_place_in_the_file_is_text_or_refused() {
    for strange in ["a: b", "x\n  y: z", "\"quoted\"", "#tag", "${percent}", "- a", "tab\there", "{a: b}", ""]
    {
        let base = given(&InitArgs { function: Some("f".to_owned()), ..InitArgs::default() }).unwrap();
        for answers in [
            Answers { function: strange.to_owned(), ..base.clone() },
            Answers { owner: strange.to_owned(), ..base.clone() },
            Answers { variable: strange.to_owned(), ..base.clone() },
            Answers { errors: strange.to_owned(), ..base.clone() },
            Answers { name: strange.to_owned(), ..base.clone() },
        ] {
            if problem(&answers).is_none() {
                check_well(&answers);
            }
        }
    }
}
