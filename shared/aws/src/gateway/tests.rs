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

/// Each as its issuer writes it, with a name by which people are called and a group of admins.
#[test]
fn a_client_is_a_machine_whoever_has_issued_its_token() {
    let cognito =
        [("sub", "client-7"), ("client_id", "client-7"), ("token_use", "access"), ("scope", "api/roll")];
    // Of a pool that gives clients another subject.
    let customized =
        [("sub", "robot"), ("client_id", "client-7"), ("token_use", "access"), ("scope", "api/roll")];
    let auth0 =
        [("sub", "client-7@clients"), ("azp", "client-7"), ("gty", "client-credentials"), ("scope", "roll")];
    // The other profile of its tokens says `client_id`, and not by which grant.
    let rfc_9068 = [("sub", "client-7@clients"), ("client_id", "client-7"), ("scope", "roll"), ("jti", "1")];
    let other_subject =
        [("sub", "robot"), ("azp", "client-7"), ("gty", "client-credentials"), ("scope", "roll")];
    let okta = [("sub", "client-7"), ("cid", "client-7"), ("scp", "[roll]"), ("ver", "1")];
    let entra_1 = [("sub", "5-5"), ("oid", "5-5"), ("appid", "client-7"), ("appidacr", "1")];
    let entra_2 = [("sub", "5-5"), ("oid", "5-5"), ("azp", "client-7"), ("azpacr", "1")];
    let told = [("sub", "6-6"), ("oid", "5-5"), ("azp", "client-7"), ("idtyp", "app")];
    let keycloak = [
        ("sub", "5-5"),
        ("azp", "robot"),
        ("preferred_username", "service-account-robot"),
        ("scope", "roll"),
    ];
    let google =
        [("sub", "117"), ("azp", "117"), ("aud", "tidegate"), ("iss", "https://accounts.google.com")];
    let called =
        [("email", "robot@example.com"), ("email_verified", "true"), ("cognito:groups", "[admins leads]")];
    for claims in
        [cognito, customized, auth0, rfc_9068, other_subject, okta, entra_1, entra_2, told, keycloak, google]
    {
        let claims = [&claims[..], &called].concat();
        let caller = of_claims(&claims).unwrap();
        assert!(caller.machine && !caller.admin, "{claims:?}");
        assert_eq!(caller.name, claims[0].1);
    }
}

#[test]
fn a_person_is_one_whoever_has_issued_their_token() {
    let named = |claim: &str, claims: &[(&str, &str)]| {
        let mut gateway = gateway();
        gateway.trust.name_claim = claim.to_owned();
        gateway.of_claims(&claims.iter().copied().collect()).unwrap()
    };
    let cognito = [("sub", "1"), ("username", "ana"), ("client_id", "client-7"), ("token_use", "access")];
    let auth0 =
        [("sub", "auth0|1"), ("azp", "client-7"), ("https://example.com/name", "ana"), ("scope", "roll")];
    let okta = [("sub", "ana"), ("uid", "00u1"), ("cid", "client-7"), ("scp", "[roll]")];
    let entra = [("sub", "3-3"), ("oid", "4-4"), ("azp", "client-7"), ("preferred_username", "ana")];
    for (claim, claims) in [
        ("username", cognito),
        ("https://example.com/name", auth0),
        ("sub", okta),
        ("preferred_username", entra),
    ] {
        let caller = named(claim, &claims);
        assert_eq!((caller.name.as_str(), caller.machine), ("ana", false), "{claims:?}");
    }
    // What says nothing that only people have, where the name is one that any client has, too.
    let workflow = [("sub", "repo:o/r:ref:refs/heads/main"), ("actor", "ana")];
    let caller = named("sub", &workflow);
    assert!(caller.machine, "{caller:?}");
    // Who is named as a machine is one, whatever else is said of it.
    let deploys = [("sub", "Deploy"), ("email", "ana@example.com"), ("email_verified", "true")];
    assert!(of_claims(&deploys).unwrap().machine);
    assert!(of_claims(&deploys[..1]).unwrap().machine, "one without a name");
}

/// The gateway writes texts. What does not is not guessed at.
#[test]
fn claims_of_a_wrong_type_are_nobodys() {
    let event = include_str!("../../../../events/api-jwt.json");
    for (right, wrong) in [
        (r#""email": "ana@example.com""#, r#""email": null"#),
        (r#""email": "ana@example.com""#, r#""email": ["ana@example.com"]"#),
        (r#""email_verified": "true""#, r#""email_verified": true"#),
        (r#""sub": "6b1f3c3a-0000-4000-8000-000000000001""#, r#""sub": 7"#),
        (r#""cognito:groups": "[approvers release-managers]""#, r#""cognito:groups": {"admins": 1}"#),
        (r#""jwt": {"#, r#""none": {"#),
    ] {
        assert!(event.contains(right), "{right}");
        let read = serde_json::from_str::<ApiGatewayV2httpRequest>(&event.replacen(right, wrong, 1));
        let caller = read.ok().and_then(|request| gateway().of(&request.request_context));
        assert_eq!(caller, None, "{wrong}");
    }
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
