use super::*;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn gateway() -> Gateway {
    Gateway {
        trust: Trust {
            name_claim: "email".to_owned(),
            groups_claim: "cognito:groups".to_owned(),
            admins: set(&["admins", "ReleaseAdmin"]),
            machines: set(&["pipeline", "Deploy"]),
        },
    }
}

fn of(event: &str) -> Option<Caller> {
    let request: ApiGatewayV2httpRequest = serde_json::from_str(event).unwrap();
    gateway().of(&request.request_context)
}

fn of_claims(claims: &[(&str, &str)]) -> Option<Caller> {
    gateway().of_claims(&claims.iter().copied().collect())
}

const ANA: [(&str, &str); 3] = [("sub", "1"), ("email", "ana@example.com"), ("email_verified", "true")];

#[test]
fn a_token_names_a_person_and_their_groups() {
    let caller = of(include_str!("../../../../events/api-jwt.json")).unwrap();
    assert_eq!(caller.name, "ana@example.com");
    assert_eq!(caller.groups, set(&["approvers", "release-managers"]));
    assert!(!caller.admin && !caller.machine);
}

#[test]
fn a_principal_is_a_role_with_a_session_or_a_user() {
    let caller = of(include_str!("../../../../events/api-iam.json")).unwrap();
    assert_eq!(caller.name, "ReleaseManager", "one person, whatever the session is called");
    assert_eq!(caller.groups, set(&["ReleaseManager"]));
    let lena = gateway().of_principal("arn:aws:sts::1:assumed-role/AWSReservedSSO_Dev_1a2b/lena@example.com");
    let lena = lena.unwrap();
    assert_eq!(lena.name, "AWSReservedSSO_Dev_1a2b/lena@example.com");
    assert_eq!(lena.groups, set(&["AWSReservedSSO_Dev_1a2b"]));
    let target = of(include_str!("../../../../events/budget-reserve.json")).unwrap();
    assert_eq!(target.groups, set(&["Orchestrator"]), "a function that is about to pay");
    let user = gateway().of_principal("arn:aws:iam::123456789012:user/team/ana").unwrap();
    assert_eq!((user.name.as_str(), user.groups.len()), ("ana", 0));
    assert!(gateway().of_principal("arn:aws:sts::1:assumed-role/ReleaseAdmin/x").unwrap().admin);
    assert!(gateway().of_principal("arn:aws:sts::1:assumed-role/Deploy/x").unwrap().machine);
    for arn in
        ["", "arn:aws:iam::1:root", "arn:aws:sts::1:federated-user/ana", "arn:aws:sts::1:assumed-role/Deploy"]
    {
        assert_eq!(gateway().of_principal(arn), None, "{arn}");
    }
}

/// A session's name is chosen by whoever takes the role: it opens nothing.
#[test]
fn a_session_that_calls_itself_an_admin_is_none() {
    let caller = gateway().of_principal("arn:aws:sts::1:assumed-role/Reader/ReleaseAdmin").unwrap();
    assert!(!caller.admin);
}

#[test]
fn an_address_that_nobody_has_checked_is_nobody() {
    assert!(of_claims(&ANA).is_some());
    assert_eq!(of_claims(&ANA[..2]), None);
    assert_eq!(of_claims(&[ANA[0], ANA[1], ("email_verified", "false")]), None);
    assert_eq!(of_claims(&[ANA[0], ("email", ""), ANA[2]]), None);
    assert_eq!(of_claims(&ANA[1..]), None);
}

#[test]
fn a_client_without_a_person_is_a_machine_and_no_admin() {
    let claims = [("sub", "client-7"), ("client_id", "client-7"), ("cognito:groups", "[admins]")];
    let caller = of_claims(&claims).unwrap();
    assert!(caller.machine && !caller.admin);
    let pipeline = of_claims(&[ANA[0], ANA[1], ANA[2], ("cognito:groups", "pipeline")]).unwrap();
    assert!(pipeline.machine);
}

#[test]
fn groups_are_read_exactly() {
    assert_eq!(groups(Some("[a b]")), set(&["a", "b"]));
    assert_eq!(groups(Some(r#"["a", "b c"]"#)), set(&["a", "b c"]));
    assert_eq!(groups(Some("a")), set(&["a"]));
    for nothing in [None, Some(""), Some("[]"), Some("[a"), Some("a b"), Some("[ ]")] {
        assert_eq!(groups(nothing), set(&[]), "{nothing:?}");
    }
}
