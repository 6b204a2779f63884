//! What the template must be. Each rule says what is wrong, in words, or nothing.

use crate::parts::{Statement, Template, items, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) const RULES: [fn(&Template) -> Vec<String>; 16] = [
    doors_are_whole,
    actions_are_named,
    resources_are_named,
    rights_are_those_of_the_design,
    functions_are_touched_by_tag_only,
    wakes_are_permitted_and_named,
    partitions_keep_doors_from_heads,
    failures_go_somewhere,
    queues_and_metrics_are_watched,
    clocks_are_short,
    every_alarm_reaches_the_rollback,
    whoever_calls_is_known,
    callers_of_the_api_prove_who_they_are,
    requests_are_limited,
    topics_are_sealed_and_the_table_is_safe,
    what_is_set_is_what_the_doors_read,
];

/// Which doors may do what. What is not listed here, nobody may, but for logs, failures and traces.
const RIGHTS: &[(&str, &[&str])] = &[
    // Of the API when a person asks for figures as they are now: nothing is decided on them.
    ("cloudwatch:DescribeAlarms", &["api", "evaluate"]),
    ("cloudwatch:GetMetricData", &["api", "evaluate"]),
    ("dynamodb:BatchGetItem", &["advance", "api", "budget", "evaluate", "probe", "rollback"]),
    ("dynamodb:ConditionCheckItem", &["advance", "api", "budget", "evaluate", "rollback"]),
    ("dynamodb:DeleteItem", &["advance", "api", "evaluate", "rollback"]),
    ("dynamodb:DescribeStream", &["notify"]),
    ("dynamodb:GetItem", &["advance", "api", "budget", "evaluate", "probe", "rollback"]),
    ("dynamodb:GetRecords", &["notify"]),
    ("dynamodb:GetShardIterator", &["notify"]),
    ("dynamodb:ListStreams", &["notify"]),
    ("dynamodb:PutItem", &["advance", "api", "budget", "evaluate", "probe", "rollback"]),
    ("dynamodb:Query", &["advance", "api", "budget", "evaluate", "probe", "rollback"]),
    ("dynamodb:UpdateItem", &["advance", "api", "budget", "evaluate", "rollback"]),
    ("events:PutEvents", &["notify"]),
    ("kms:Decrypt", &["notify"]),
    ("kms:GenerateDataKey", &["notify"]),
    ("lambda:GetAlias", &["advance", "rollback"]),
    ("lambda:GetFunctionConfiguration", &["advance", "rollback"]),
    ("lambda:InvokeFunction", &["api", "budget", "clock", "evaluate", "probe"]),
    ("lambda:ListAliases", &["advance", "rollback"]),
    ("lambda:ListTags", &["advance", "rollback"]),
    ("lambda:PublishVersion", &["advance"]),
    ("lambda:UpdateAlias", &["advance", "rollback"]),
    ("lambda:UpdateFunctionConfiguration", &["advance", "rollback"]),
    ("sns:Publish", &["notify"]),
    ("tag:GetResources", &["rollback"]),
];
/// Rights that say nothing about rollouts.
const PLAIN: [&str; 5] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];
/// Actions that know no resources.
const ANYWHERE: [&str; 5] = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "tag:GetResources",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];
/// The doors that others wake, and the variable that names each of them.
const WOKEN: [(&str, &str); 3] =
    [("advance", "TIDEGATE_ADVANCE"), ("evaluate", "TIDEGATE_EVALUATE"), ("probe", "TIDEGATE_PROBE")];
/// Doors that write to the table, but never to a head, and the partitions that are theirs.
const KEPT_FROM_HEADS: [(&str, &str); 2] = [("budget", "BUDGET#*"), ("probe", "CHECK#*")];

fn doors_are_whole(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    let mut names = vec![];
    for door in template.doors() {
        let name = door.name();
        let logs = text(door.property("LoggingConfig").get("LogGroup").unwrap_or_default());
        let logs = template.resource(logs.trim_start_matches("!Ref "));
        let log = logs.map(|logs| (logs.property("LogGroupName"), logs.property("RetentionInDays")));
        let whole = [
            door.all["Metadata"]["BuildProperties"]["Binary"] == *name,
            door.property("FunctionName") == &format!("!Sub ${{AWS::StackName}}-{name}"),
            door.property("Role") == &format!("!GetAtt {}Role.Arn", door.id),
            door.property("Policies").is_null(),
            log.is_some_and(|(group, days)| {
                group == &format!("!Sub /aws/lambda/${{AWS::StackName}}-{name}") && days == "!Ref LogDays"
            }),
        ];
        if whole.contains(&false) {
            wrong
                .push(format!("{name} is not whole (binary, name, role, no policies, log group): {whole:?}"));
        }
        names.push(name);
    }
    names.sort();
    if names != ["advance", "api", "budget", "evaluate", "notify", "probe", "rollback"] {
        wrong.push(format!("the doors are {names:?}"));
    }
    for role in template.of("AWS::IAM::Role") {
        if !role.property("ManagedPolicyArns").is_null() {
            wrong.push(format!("{} holds what somebody else may change", role.id));
        }
        let policies: Vec<_> =
            items(role.property("Policies")).into_iter().map(|of| &of["PolicyName"]).collect();
        if policies != [&role.id.trim_end_matches("Role").to_lowercase()] {
            wrong.push(format!("the policies of {} are {policies:?}", role.id));
        }
    }
    wrong
}

fn actions_are_named(template: &Template) -> Vec<String> {
    let stars = template.actions().into_iter().filter(|action| action.contains('*'));
    stars.map(|action| format!("{action} is more than is known")).collect()
}

fn resources_are_named(template: &Template) -> Vec<String> {
    let nots =
        ["NotAction", "NotResource", "NotPrincipal"].into_iter().filter(|not| template.text.contains(not));
    let mut wrong: Vec<String> = nots.map(|not| format!("{not} names what is left out")).collect();
    for statement in template.statements() {
        let is_anywhere = statement.resources.contains(&"*");
        if statement.resources.is_empty() || is_anywhere {
            let others = statement.actions.iter().filter(|action| !ANYWHERE.contains(action));
            wrong.extend(others.map(|action| format!("{} may {action} anywhere", statement.policy)));
        }
    }
    wrong
}

fn rights_are_those_of_the_design(template: &Template) -> Vec<String> {
    let statements = template.statements();
    let mut wrong = vec![];
    for (action, designed) in RIGHTS {
        let given = statements.iter().filter(|statement| statement.permits(action));
        let given: BTreeSet<&str> = given.map(|statement| statement.policy).collect();
        if given != designed.iter().copied().collect() {
            wrong.push(format!("{action} is given to {given:?}"));
        }
    }
    for statement in &statements {
        for action in &statement.actions {
            if !PLAIN.contains(action) && !RIGHTS.iter().any(|(known, _)| known == action) {
                wrong.push(format!("{} may {action}, which no door needs", statement.policy));
            }
        }
    }
    wrong
}

fn functions_are_touched_by_tag_only(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    for statement in template.statements() {
        let of_any = statement.resources.iter().any(|resource| resource.ends_with(":function:*"));
        let touches = statement
            .actions
            .iter()
            .any(|action| action.starts_with("lambda:") && *action != "lambda:InvokeFunction");
        let tag = if touches { "tidegate:managed" } else { "tidegate:check" };
        if (of_any || touches) && !statement.needs_tag(tag) {
            wrong.push(format!("{} may {:?} without the tag {tag}", statement.policy, statement.actions));
        }
    }
    wrong
}

fn wakes_are_permitted_and_named(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    for statement in template.statements() {
        let calls = statement.permits("lambda:InvokeFunction") && !statement.needs_tag("tidegate:check");
        let is_known = |resource: &&&str| {
            resource.starts_with("!GetAtt ")
                || WOKEN.iter().any(|(woken, _)| resource.ends_with(&format!("}}-{woken}")))
        };
        let strangers = statement.resources.iter().filter(|resource| calls && !is_known(resource));
        wrong.extend(strangers.map(|stranger| format!("{} may call {stranger}", statement.policy)));
    }
    for door in template.doors() {
        let statements = template.statements_of(&door);
        let variables = &door.property("Environment")["Variables"];
        for (woken, variable) in WOKEN {
            let end = format!(":function:${{AWS::StackName}}-{woken}");
            let permitted = statements.iter().any(|statement| {
                statement.permits("lambda:InvokeFunction")
                    && statement.resources.iter().any(|resource| resource.ends_with(&end))
            });
            let named = variables[variable] == format!("!Sub ${{AWS::StackName}}-{woken}");
            if permitted != named {
                wrong.push(format!("{} and {variable}: permitted {permitted}, named {named}", door.id));
            }
        }
        let reads = statements.iter().any(|statement| statement.permits("dynamodb:GetItem"));
        if reads != (variables["TIDEGATE_TABLE"] == "!Ref Table") {
            wrong.push(format!("{} and TIDEGATE_TABLE: permitted {reads}", door.id));
        }
    }
    wrong
}

fn partitions_keep_doors_from_heads(template: &Template) -> Vec<String> {
    const WRITES: [&str; 4] =
        ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"];
    let mut wrong = vec![];
    for statement in template.statements() {
        let keys = texts(&statement.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
        let own = KEPT_FROM_HEADS.iter().find(|(door, _)| *door == statement.policy);
        let writes = WRITES.iter().any(|action| statement.permits(action));
        if let Some((door, own)) = own
            && writes
            && keys != [*own]
        {
            wrong.push(format!("{door} writes to {keys:?} rather than {own}"));
        }
    }
    wrong
}

fn failures_go_somewhere(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    for door in template.doors() {
        let mapping = template.of("AWS::Lambda::EventSourceMapping");
        let mapping = mapping.iter().find(|of| of.property("FunctionName") == &format!("!Ref {}", door.id));
        let from_stream = mapping.map(|of| &of.property("DestinationConfig")["OnFailure"]["Destination"]);
        let by_call = &door.property("EventInvokeConfig")["DestinationConfig"]["OnFailure"]["Destination"];
        let queue = text(from_stream.unwrap_or(by_call));
        // The gateway waits for the answer of this one, and tells the caller.
        if door.id == "Api" {
            let others = template.of("AWS::Lambda::Permission").into_iter().filter(|permission| {
                permission.property("FunctionName") == "!Ref Api"
                    && permission.property("Principal") != "apigateway.amazonaws.com"
            });
            wrong
                .extend(others.map(|other| format!("{} wakes the api, whose failures go nowhere", other.id)));
            continue;
        }
        if queue.is_empty() {
            wrong.push(format!("failures of {} go nowhere", door.id));
        }
        let answers = mapping.map(|of| texts(of.property("FunctionResponseTypes")));
        if answers.is_some_and(|answers| answers != ["ReportBatchItemFailures"]) {
            wrong.push(format!("one failure of {} is a failure of all", door.id));
        }
        let may = |statement: &Statement<'_>| {
            statement.permits("sqs:SendMessage") && statement.resources == [queue]
        };
        if !template.statements_of(&door).iter().any(may) {
            wrong.push(format!("{} may not send to {queue:?}", door.id));
        }
    }
    let rule = template.of("AWS::Events::Rule");
    let targets = rule.iter().flat_map(|rule| items(rule.property("Targets")));
    let lost = targets.filter(|target| target["DeadLetterConfig"]["Arn"] != "!GetAtt Lost.Arn");
    wrong.extend(lost.map(|target| format!("what does not reach {} is lost", target["Id"])));
    wrong
}

fn queues_and_metrics_are_watched(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    let alarms = template.of("AWS::CloudWatch::Alarm");
    let dimensions =
        |id: &str| alarms.iter().any(|alarm| alarm.property("Dimensions").to_string().contains(id));
    for queue in template.of("AWS::SQS::Queue") {
        if !dimensions(&format!("!GetAtt {}.QueueName", queue.id)) {
            wrong.push(format!("nobody watches {}", queue.id));
        }
    }
    // The table at the head of the file is what the doors are written after.
    let told: BTreeSet<&str> = template
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("#   ")?.split_once("  ").map(|(name, _)| name))
        .filter(|name| !name.is_empty())
        .collect();
    let ours = alarms.iter().filter(|alarm| alarm.property("Namespace") == "tidegate");
    let watched: BTreeSet<&str> = ours.map(|alarm| text(alarm.property("MetricName"))).collect();
    if told != watched {
        wrong.push(format!("the table of metrics has {told:?}, and the alarms watch {watched:?}"));
    }
    let account = crate::file("shared/aws/src/account.rs");
    let names = account.split("Count::").filter_map(|text| text.split_once(" => \"")?.1.split('"').next());
    let counted: BTreeSet<&str> = names.collect();
    if counted != told {
        wrong.push(format!("the doors tell {counted:?}, and the table of metrics has {told:?}"));
    }
    for alarm in &alarms {
        let by = texts(alarm.property("AlarmActions"));
        if !matches!(by.as_slice(), ["!Ref Pages" | "!Ref Alerts"]) {
            wrong.push(format!("{} tells nobody", alarm.id));
        }
        let silent = alarm.id.ends_with("IsSilent");
        let missing = if silent { "breaching" } else { "notBreaching" };
        if alarm.property("TreatMissingData") != missing {
            wrong.push(format!("{}: no data must be {missing}", alarm.id));
        }
        if silent && (alarm.property("Period") != "60" || alarm.property("EvaluationPeriods") != "3") {
            wrong.push(format!("{} does not ring after 3 minutes", alarm.id));
        }
    }
    wrong
}

fn clocks_are_short(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    let clocks = template.of("AWS::Scheduler::Schedule");
    let mut targets: Vec<&str> = clocks.iter().map(|clock| text(&clock.property("Target")["Arn"])).collect();
    targets.sort_unstable();
    if targets != ["!GetAtt Advance.Arn", "!GetAtt Evaluate.Arn"] {
        wrong.push(format!("the clocks wake {targets:?}"));
    }
    for clock in clocks {
        let age = &clock.property("Target")["RetryPolicy"]["MaximumEventAgeInSeconds"];
        if age != "60" || clock.property("ScheduleExpression") != "rate(1 minute)" {
            wrong.push(format!("{} ticks late", clock.id));
        }
    }
    // What it has not counted in time it begins anew, and never comes to its end.
    for door in
        template.doors().into_iter().filter(|door| door.id == "Budget" && door.property("Timeout") != "900")
    {
        wrong.push(format!("{} cannot count a whole delivery", door.id));
    }
    for door in template.doors().into_iter().filter(|door| matches!(door.id, "Evaluate" | "Advance")) {
        if door.property("EventInvokeConfig")["MaximumEventAgeInSeconds"] != "60" {
            wrong.push(format!("{} takes old ticks", door.id));
        }
    }
    wrong
}

fn every_alarm_reaches_the_rollback(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    for rule in template.of("AWS::Events::Rule") {
        let pattern = rule.property("EventPattern");
        let narrower = pattern
            .as_object()
            .unwrap()
            .keys()
            .any(|key| !["source", "detail-type", "detail"].contains(&&**key));
        if narrower || pattern["detail"] != json!({ "state": { "value": ["ALARM"] } }) {
            wrong.push(format!("not every alarm passes {}", rule.id));
        }
    }
    let permissions = template.of("AWS::Lambda::Permission");
    let ways = ["events.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com", "sns.amazonaws.com"];
    for way in ways {
        let is_open = permissions.iter().any(|permission| {
            permission.property("FunctionName") == "!Ref Rollback" && permission.property("Principal") == way
        });
        if !is_open {
            wrong.push(format!("{way} does not reach the rollback"));
        }
    }
    wrong
}

fn whoever_calls_is_known(template: &Template) -> Vec<String> {
    let mut wrong = vec![];
    for permission in template.of("AWS::Lambda::Permission") {
        let source = text(permission.property("SourceArn"));
        let of_account =
            source.starts_with('!') && (source.contains("${AWS::AccountId}") || !source.contains("*"));
        let by_account = permission.property("SourceAccount") == "!Ref AWS::AccountId";
        // An ARN with a star in it may be another account's, and so may one that a service makes up.
        if source.is_empty() || !of_account || (source.ends_with('*') && !by_account) {
            wrong.push(format!("{} lets anybody in", permission.id));
        }
    }
    for kind in ["AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"] {
        for policy in template.of(kind) {
            let all = items(&policy.property("PolicyDocument")["Statement"]).into_iter();
            let open = all.filter(|statement| {
                statement["Principal"]["Service"].is_null() || statement["Condition"].is_null()
            });
            wrong.extend(open.map(|_| format!("{} lets anybody in", policy.id)));
        }
    }
    wrong
}

fn callers_of_the_api_prove_who_they_are(template: &Template) -> Vec<String> {
    let routes = template.of("AWS::ApiGatewayV2::Route").into_iter();
    let open = routes.filter(|route| {
        let is_description = route.property("RouteKey") == "GET /v1/openapi.json";
        route.property("AuthorizationType") != if is_description { "NONE" } else { "!Ref Auth" }
    });
    let mut wrong: Vec<String> = open.map(|route| format!("{} asks nobody who they are", route.id)).collect();
    if !template.text.contains("AllowedValues: [AWS_IAM, JWT]\n") {
        wrong.push("there is a third way to call the API".to_owned());
    }
    wrong
}

/// Requests a second: of the whole stage, and of routes that have limits of their own.
fn requests_are_limited(template: &Template) -> Vec<String> {
    let rate = |limits: &Value| text(&limits["ThrottlingRateLimit"]).parse::<u32>().ok();
    let mut wrong = vec![];
    for stage in template.of("AWS::ApiGatewayV2::Stage") {
        let (reads, own) = (rate(stage.property("DefaultRouteSettings")), stage.property("RouteSettings"));
        for key in ["POST /v1/{proxy+}", "GET /v1/openapi.json"] {
            let limit = rate(&own[key]);
            if limit.is_none() || limit >= reads {
                wrong.push(format!("{key} is limited to {limit:?}, and what is read to {reads:?}"));
            }
        }
        let routes = template.of("AWS::ApiGatewayV2::Route");
        for key in ["POST /v1/stop", "POST /v1/rollouts/{id}/rollback"] {
            let is_there = routes.iter().any(|route| route.property("RouteKey") == key);
            if !is_there || !own[key].is_null() {
                wrong.push(format!("others' requests may hold {key} up"));
            }
        }
        // A limit of a route that is not there fails the deployment.
        for (key, _) in own.as_object().into_iter().flatten() {
            let route = routes.iter().find(|route| route.property("RouteKey") == key);
            let waits = route.is_some_and(|route| texts(&stage.all["DependsOn"]).contains(&route.id));
            if !waits {
                wrong.push(format!("{} does not wait for {key}", stage.id));
            }
        }
    }
    wrong
}

fn topics_are_sealed_and_the_table_is_safe(template: &Template) -> Vec<String> {
    let topics = template.of("AWS::SNS::Topic").into_iter();
    let open = topics.filter(|topic| topic.property("KmsMasterKeyId") != "!Ref TopicKey");
    let mut wrong: Vec<String> = open.map(|topic| format!("{} is not sealed", topic.id)).collect();
    for table in template.of("AWS::DynamoDB::Table") {
        let safe = [
            table.all["UpdateReplacePolicy"] == "Retain",
            table.property("DeletionProtectionEnabled") == "!Ref DeletionProtection",
            table.property("PointInTimeRecoverySpecification")["PointInTimeRecoveryEnabled"] == "true",
            table.property("BillingMode") == "PAY_PER_REQUEST",
            *table.property("KeySchema")
                == json!([{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]),
        ];
        if safe.contains(&false) {
            wrong.push(format!(
                "the table is not safe (kept, protected, restorable, on demand, keys): {safe:?}"
            ));
        }
    }
    wrong
}

/// The file that reads variables is the only one that knows what there must be, and what is set for nobody.
fn what_is_set_is_what_the_doors_read(template: &Template) -> Vec<String> {
    let boot = crate::file("shared/aws/src/boot.rs");
    let mut read: BTreeSet<&str> = boot.split('"').filter(|text| text.starts_with("TIDEGATE_")).collect();
    assert!(read.contains("TIDEGATE_TABLE"), "{read:?}");
    // What only people set, to see more.
    read.remove("TIDEGATE_LOG");
    let names = template.text.split_whitespace().filter_map(|word| word.strip_suffix(':'));
    let set: BTreeSet<&str> = names.filter(|name| name.starts_with("TIDEGATE_")).collect();
    let missing = read.difference(&set).map(|name| format!("nobody sets {name}"));
    missing.chain(set.difference(&read).map(|name| format!("nobody reads {name}"))).collect()
}
