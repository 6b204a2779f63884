//! Who acts: what the gateway has checked, read exactly. What cannot be read is nobody.

use crate::boot::Trust;
use console::{Caller, Identify};
use lambda_http::{
    RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, http::request::Parts,
    request::RequestContext,
};
use std::collections::{BTreeMap, BTreeSet};

/// So the roles of IAM Identity Center begin, which names their sessions itself.
const SIGN_ON: &str = "AWSReservedSSO_";

/// Knows callers by the claims of a token, or by their IAM principal.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Whom it believes to be what.
    pub trust: Trust,
}

impl Identify for Gateway {
    fn caller(&self, request: &Parts) -> Option<Caller> {
        match request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => self.of(context),
            _ => None,
        }
    }
}

impl Gateway {
    fn of(&self, context: &ApiGatewayV2httpRequestContext) -> Option<Caller> {
        let authorizer = context.authorizer.as_ref()?;
        match (&authorizer.jwt, &authorizer.iam) {
            (Some(jwt), None) => {
                self.of_claims(&jwt.claims.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect())
            }
            (None, Some(iam)) => self.of_principal(iam.user_arn.as_deref()?),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// A person by a claim that nobody chooses for themselves. What is not known to be a person is a machine, or nobody.
    fn of_claims(&self, claims: &BTreeMap<&str, &str>) -> Option<Caller> {
        let token = Token(claims);
        let subject = token.says("sub")?;
        let groups = groups(token.says(&self.trust.groups_claim));
        let claim = self.trust.name_claim.as_str();
        if token.is_a_clients() || self.trust.machines.contains(subject) || !token.is_a_persons(claim) {
            return Some(self.known(subject.to_owned(), groups, true));
        }
        let is_checked = claim != "email" || token.says("email_verified") == Some("true");
        let name = token.says(claim).filter(|_| is_checked);
        name.map(|name| self.known(name.to_owned(), groups, false))
    }

    /// A user by name; of a role its own name is the group. Single sign-on names its sessions after people. Of any other role
    /// whoever takes it chooses the session's name, and could take it as two: all of them are one.
    fn of_principal(&self, arn: &str) -> Option<Caller> {
        let principal = arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
        let (kind, name) = principal.split_once('/')?;
        match kind {
            "user" => Some(self.known(name.rsplit('/').next()?.to_owned(), BTreeSet::new(), false)),
            "assumed-role" => {
                let (role, _) = name.split_once('/')?;
                let who = if role.starts_with(SIGN_ON) { name } else { role };
                Some(self.known(who.to_owned(), BTreeSet::from([role.to_owned()]), false))
            }
            _ => None,
        }
    }

    fn known(&self, name: String, groups: BTreeSet<String>, machine: bool) -> Caller {
        let is_in = |named: &BTreeSet<String>| !named.is_disjoint(&groups) || named.contains(&name);
        let (admin, machine) = (is_in(&self.trust.admins), machine || is_in(&self.trust.machines));
        Caller { name, groups, roles: BTreeSet::new(), admin: admin && !machine, machine }
    }
}

/// What a client has in its token as well as a person.
const OF_ANYBODY: [&str; 6] = ["sub", "oid", "client_id", "azp", "cid", "appid"];
/// What the token of a person alone has, of one issuer or another.
const OF_PEOPLE: [&str; 7] =
    ["amr", "cognito:username", "email", "preferred_username", "uid", "upn", "username"];

/// What the gateway has checked.
struct Token<'c>(&'c BTreeMap<&'c str, &'c str>);

impl<'c> Token<'c> {
    /// What is there, and says something.
    fn says(&self, claim: &str) -> Option<&'c str> {
        self.0.get(claim).copied().filter(|said| !said.is_empty())
    }

    /// Whether a client has it for itself, and not for a person: each issuer says so in its own way.
    fn is_a_clients(&self) -> bool {
        let subject = self.says("sub");
        let is_subject = |claim| {
            let client = self.says(claim);
            // Auth0 writes `CLIENT@clients`.
            client.is_some()
                && (client == subject || client == subject.and_then(|s| s.strip_suffix("@clients")))
        };
        let has_grant =
            self.says("gty").is_some_and(|grant| grant.replace('_', "-").contains("client-credentials"));
        // Of Cognito: a person's says who in `username`.
        let has_no_user = self.says("token_use") == Some("access") && self.says("username").is_none();
        // Of Entra: a person has another `sub` at each client, an application has none but its `oid`.
        let is_app =
            self.says("idtyp") == Some("app") || self.says("oid").is_some_and(|oid| Some(oid) == subject);
        let keycloak =
            self.says("preferred_username").is_some_and(|name| name.starts_with("service-account-"));
        ["client_id", "azp", "cid", "appid"].into_iter().any(is_subject)
            || has_grant
            || has_no_user
            || is_app
            || keycloak
    }

    /// Whether it can only be a person's, if people are named by this claim.
    fn is_a_persons(&self, name_claim: &str) -> bool {
        !OF_ANYBODY.contains(&name_claim) || OF_PEOPLE.iter().any(|claim| self.says(claim).is_some())
    }
}

/// The gateway writes a list of texts as `[a b]`, a single text as it is. A name with a blank in it cannot be told from two:
/// who hands out groups hands out none (`docs/deploy.md`).
fn groups(claim: Option<&str>) -> BTreeSet<String> {
    let Some(claim) = claim else { return BTreeSet::new() };
    if let Ok(listed) = serde_json::from_str::<BTreeSet<String>>(claim) {
        return listed;
    }
    match claim.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
        Some(Some(list)) => list.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        // Half a list is none.
        Some(None) => BTreeSet::new(),
        None if claim.is_empty() || claim.contains(' ') => BTreeSet::new(),
        None => BTreeSet::from([claim.to_owned()]),
    }
}

#[cfg(test)]
mod tests;
