//! Tokens at the gateway: an API of its own in front of the same door, with the authorizer that `Auth=JWT` puts there.

use super::healthy::PROMOTED;
use crate::{Tried, stage::Stage};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

/// Whoever has a good one is who it says; whatever is wrong with the others, no door hears of them.
pub(super) fn checked(stage: &Stage) -> Tried {
    let target = stage.target("tokens")?;
    let issuer = Issuer::start(stage)?;
    let api = api(stage, &issuer.url)?;
    let path = format!("/_aws/execute-api/{api}/$default/v1/rollouts");
    let good = issuer.token("good")?;
    answers(stage, &path, Some(good), 200)?;
    for (name, token) in issuer.tokens.iter().filter(|(name, _)| *name != "good") {
        answers(stage, &path, Some(token), 401).map_err(|why| format!("a token that is {name}: {why}"))?;
    }
    answers(stage, &path, None, 401)?;

    let endpoint = format!("{}/_aws/execute-api/{api}/$default", stage.cloud.endpoint);
    let plan = stage.written("tokens", PROMOTED)?;
    let expired = issuer.token("expired")?;
    let refused = stage.cli.with_token(&endpoint, expired, &["start", &plan]).err().unwrap_or_default();
    if !refused.contains("401") {
        return Err(format!("an expired token was to be refused: {refused:?}"));
    }
    target.is_untouched()?;
    let started = stage.cli.with_token(&endpoint, good, &["start", &plan, "--format", "json"])?;
    let started: Value = serde_json::from_str(&started).map_err(|why| format!("{why}: {started}"))?;
    let id = started.get("id").and_then(Value::as_str).ok_or("nothing was started")?;
    stage.log_says(id, "started", &["\"by\":\"lena\""])?;
    stage.cli.with_token(&endpoint, good, &["rollback", id, "--note", "it was only about the token"])?;
    stage.until_over(id, "rolled-back")?;
    stage.log_says(id, "lowering", &["lena: it was only about the token"]).or_else(|_| {
        // Before anything was written there is nothing to lower.
        stage.log_says(id, "ended", &["lena: it was only about the token"])
    })
}

/// An API that lets whoever has a token of this issuer through to the door of the stack.
fn api(stage: &Stage, issuer: &str) -> Tried<String> {
    let call = |words: &str, more: &[&str], answer: &str| -> Tried<String> {
        let words: Vec<&str> = ["apigatewayv2"].into_iter().chain(words.split(' ')).collect();
        let answered = stage.cloud.call(&[words.as_slice(), more].concat())?;
        let said = answered.get(answer).and_then(Value::as_str);
        said.map(str::to_owned).ok_or_else(|| format!("{words:?} says no {answer}: {answered}"))
    };
    let api = call("create-api --name e2e-tokens --protocol-type HTTP", &[], "ApiId")?;
    let of = ["--api-id", api.as_str()];
    let believes = format!("Issuer={issuer},Audience=e2e");
    let authorizer = call(
        "create-authorizer --name jwt --authorizer-type JWT --identity-source $request.header.Authorization",
        &[of.as_slice(), &["--jwt-configuration", &believes]].concat(),
        "AuthorizerId",
    )?;
    let door = format!("arn:aws:lambda:us-east-1:000000000000:function:{}", stage.door("api"));
    let integration = call(
        "create-integration --integration-type AWS_PROXY --payload-format-version 2.0",
        &[of.as_slice(), &["--integration-uri", &door]].concat(),
        "IntegrationId",
    )?;
    let (route, to) = ("ANY /v1/{proxy+}", format!("integrations/{integration}"));
    let guarded = ["--route-key", route, "--authorizer-id", &authorizer, "--target", &to];
    call("create-route --authorization-type JWT", &[of.as_slice(), &guarded].concat(), "RouteId")?;
    call("create-stage --stage-name $default --auto-deploy", &of, "StageName")?;
    let from = format!("arn:aws:execute-api:us-east-1:000000000000:{api}/*/*/v1/{{proxy+}}");
    let lets_in = ["lambda", "add-permission", "--statement-id", "e2e-tokens", "--function-name", &door];
    let whom = ["--action", "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com"];
    stage.cloud.call(&[lets_in.as_slice(), &whom, &["--source-arn", &from]].concat())?;
    Ok(api)
}

/// A request without anything of ours around it must be answered with this status.
fn answers(stage: &Stage, path: &str, token: Option<&str>, status: u16) -> Tried {
    let host = stage.cloud.endpoint.trim_start_matches("http://");
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{token}Connection: close\r\n\r\n");
    let mut answer = String::new();
    let asked = TcpStream::connect(host).and_then(|mut stream| {
        stream.write_all(request.as_bytes())?;
        stream.read_to_string(&mut answer)
    });
    asked.map_err(|why| format!("{path}: {why}"))?;
    let said = answer.split(' ').nth(1).unwrap_or_default();
    if said == status.to_string() {
        Ok(())
    } else {
        Err(format!("{status} was to be said, and not {answer}"))
    }
}

/// Somebody whose tokens are believed. It ends with the flow, because its input does.
struct Issuer {
    child: Child,
    url: String,
    tokens: BTreeMap<String, String>,
}

impl Issuer {
    fn start(stage: &Stage) -> Tried<Issuer> {
        let python = stage.cloud.program.with_file_name("python");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/issuer.py");
        let child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|why| format!("{script}: {why}"))?;
        let mut line = String::new();
        let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let told: Value = serde_json::from_str(&line).map_err(|why| format!("{script}: {read:?} {why}"))?;
        let tokens = told.get("tokens").cloned().unwrap_or_default();
        let tokens = serde_json::from_value(tokens).map_err(|why| why.to_string())?;
        let url = told.get("issuer").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Issuer { child, url, tokens })
    }

    fn token(&self, name: &str) -> Tried<&str> {
        self.tokens.get(name).map(String::as_str).ok_or_else(|| format!("no token is {name}"))
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends by itself: what it says of that is for nobody.
        let _ = self.child.wait();
    }
}
