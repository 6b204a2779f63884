//! What the template permits, and what it must have: the design's table of doors, held against the file.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it did not expect"
)]

#[path = "template/parts.rs"]
mod parts;
#[path = "template/rules.rs"]
mod rules;
#[path = "template/yaml.rs"]
mod yaml;

use parts::Template;
use rollout::plan::load;
use std::{fs, path::PathBuf};

fn file(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn wrong(text: String) -> Vec<String> {
    let template = Template::read(text);
    rules::RULES.iter().flat_map(|rule| rule(&template)).collect()
}

#[test]
fn the_template_is_as_designed() {
    assert_eq!(wrong(file("template.yaml")), Vec::<String>::new());
}

/// Each is planted by itself: what is there, what it becomes, and what must be said of it.
const PLANTED: &[(&str, &str, &str)] = &[
    // Doors
    ("Binary: probe}", "Binary: api}", "probe is not whole"),
    ("Role: !GetAtt ApiRole.Arn", "Role: !GetAtt AdvanceRole.Arn", "api is not whole"),
    ("      Role: !GetAtt ApiRole.Arn\n", "", "api is not whole"),
    ("      LoggingConfig: {LogGroup: !Ref NotifyLogs}\n", "", "notify is not whole"),
    ("-evaluate\", RetentionInDays: !Ref LogDays}", "-evaluate\"}", "evaluate is not whole"),
    ("CodeUri: functions/budget", "CodeUri: functions/money", "the doors are"),
    (
        "      Policies:\n        - PolicyName: advance",
        "      ManagedPolicyArns: [x]\n      Policies:\n        - PolicyName: advance",
        "AdvanceRole holds what",
    ),
    ("        - PolicyName: budget\n", "        - PolicyName: api\n", "the policies of BudgetRole"),
    // Rights
    (
        "              - Sid: Targets\n                Effect: Allow\n                Action:\n",
        "              - Sid: Targets\n                Effect: Allow\n                NotAction:\n",
        "NotAction names",
    ),
    ("Action: tag:GetResources", "Action: tag:*", "tag:* is more"),
    ("                  - lambda:ListTags\n", "                  - lambda:List*\n", "lambda:List* is more"),
    ("Action: sns:Publish\n", "Action: sns:*\n", "sns:* is more"),
    (
        "Action: sns:Publish, Resource: [!Ref Updates, !Ref Alerts, !Ref Pages]",
        "Action: sns:Publish, Resource: \"*\"",
        "may sns:Publish anywhere",
    ),
    ("                Resource: !Sub \"${Table.Arn}/stream/*\"\n", "", "may dynamodb:GetRecords anywhere"),
    (
        "- dynamodb:BatchGetItem",
        "- lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionConfiguration is given to",
    ),
    (
        "[cloudwatch:DescribeAlarms, cloudwatch:GetMetricData]",
        "[cloudwatch:DescribeAlarms]",
        "cloudwatch:GetMetricData is given to {\"api\"}",
    ),
    (
        "- lambda:PublishVersion",
        "- lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionCode, which no door needs",
    ),
    (
        "- lambda:ListAliases\n                  - lambda:ListTags\n                  - lambda:UpdateAlias",
        "- lambda:ListTags",
        "lambda:UpdateAlias is given to {\"advance\"}",
    ),
    (
        "Condition: {StringEquals: {\"aws:ResourceTag/tidegate:managed\": \"true\"}}",
        "Condition: {StringEquals: {\"aws:ResourceTag/tidegate:managed\": \"false\"}}",
        "without the tag tidegate:managed",
    ),
    (
        "                Condition: {StringEquals: {\"aws:ResourceTag/tidegate:check\": \"true\"}}\n",
        "",
        "without the tag tidegate:check",
    ),
    // Between the doors
    (
        "          TIDEGATE_PROBE: !Sub \"${AWS::StackName}-probe\"\n",
        "",
        "Evaluate and TIDEGATE_PROBE: permitted true",
    ),
    (
        "          TIDEGATE_UPDATES: !Ref Updates",
        "          TIDEGATE_ADVANCE: !Sub \"${AWS::StackName}-advance\"",
        "Notify and TIDEGATE_ADVANCE: permitted false",
    ),
    (
        "          TIDEGATE_UPDATES: !Ref Updates",
        "          TIDEGATE_TABLE: !Ref Table",
        "Notify and TIDEGATE_TABLE",
    ),
    ("[\"BUDGET#*\"]}}", "[\"BUDGET#*\", \"ROLLOUT#*\"]}}", "budget writes to"),
    (
        "                Condition: {\"ForAllValues:StringLike\": {\"dynamodb:LeadingKeys\": [\"CHECK#*\"]}}\n",
        "",
        "probe writes to",
    ),
    (":function:${AWS::StackName}-probe\"", ":function:${AWS::StackName}-*\"", "evaluate may call"),
    // What goes wrong, and who hears of it
    (
        "        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Lost.Arn}}\n",
        "",
        "failures of Rollback go nowhere",
    ),
    (
        "      DestinationConfig: {OnFailure: {Destination: !GetAtt Lost.Arn}}\n",
        "",
        "failures of Notify go nowhere",
    ),
    (
        "      FunctionResponseTypes: [ReportBatchItemFailures]",
        "      FunctionResponseTypes: []",
        "one failure of Notify is a failure of all",
    ),
    (
        "Action: sqs:SendMessage, Resource: !GetAtt Lost.Arn}",
        "Action: sqs:SendMessage, Resource: !GetAtt Missed.Arn}",
        "Rollback may not send",
    ),
    ("          DeadLetterConfig: {Arn: !GetAtt Lost.Arn}\n", "", "what does not reach \"rollback\" is lost"),
    (
        "      FunctionName: !Ref Budget\n",
        "      FunctionName: !Ref Api\n",
        "LogsMayWakeBudget wakes the api",
    ),
    ("Value: !GetAtt Lost.QueueName", "Value: !GetAtt Missed.QueueName", "nobody watches Lost"),
    ("#   Contended ", "#   Conceded ", "the table of metrics"),
    ("MetricName: RollbacksUnverified", "MetricName: RollbackUnverified", "the table of metrics"),
    (
        "      AlarmActions: [!Ref Pages]\n      OKActions: [!Ref Pages]\n",
        "",
        "EvaluateIsSilent tells nobody",
    ),
    (
        "TreatMissingData: breaching",
        "TreatMissingData: notBreaching",
        "EvaluateIsSilent: no data must be breaching",
    ),
    ("EvaluationPeriods: 3", "EvaluationPeriods: 30", "EvaluateIsSilent does not ring"),
    // What wakes them
    ("Arn: !GetAtt Advance.Arn\n", "Arn: !GetAtt Evaluate.Arn\n", "the clocks wake"),
    (
        "RetryPolicy: {MaximumEventAgeInSeconds: 60,",
        "RetryPolicy: {MaximumEventAgeInSeconds: 600,",
        "EvaluateEachMinute ticks late",
    ),
    ("rate(1 minute)", "rate(2 minutes)", "EvaluateEachMinute ticks late"),
    ("Timeout: 900 # a delivery", "Timeout: 29 # a delivery", "Budget cannot count a whole delivery"),
    (
        "        MaximumEventAgeInSeconds: 60\n",
        "        MaximumEventAgeInSeconds: 600\n",
        "Evaluate takes old ticks",
    ),
    (
        "        detail: {state: {value: [ALARM]}}\n",
        "        detail: {alarmName: [{prefix: prod}], state: {value: [ALARM]}}\n",
        "not every alarm passes",
    ),
    (
        "        detail-type: [CloudWatch",
        "        resources: [x]\n        detail-type: [CloudWatch",
        "not every alarm passes",
    ),
    (
        "Principal: lambda.alarms.cloudwatch.amazonaws.com",
        "Principal: cloudwatch.amazonaws.com",
        "lambda.alarms.cloudwatch.amazonaws.com does not reach",
    ),
    ("      SourceArn: !GetAtt AlarmRule.Arn\n", "", "AlarmRuleMayWake lets anybody in"),
    ("      SourceAccount: !Ref AWS::AccountId\n", "", "AlarmActionMayWake lets anybody in"),
    ("AuthorizationType: !Ref Auth", "AuthorizationType: NONE", "ApiRoute asks nobody"),
    ("AllowedValues: [AWS_IAM, JWT]", "AllowedValues: [AWS_IAM, JWT, NONE]", "a third way"),
    (
        "ThrottlingBurstLimit: 20, ThrottlingRateLimit: 10",
        "ThrottlingRateLimit: 50",
        "POST /v1/{proxy+} is limited",
    ),
    ("DependsOn: [WriteRoute, OpenRoute]", "DependsOn: [WriteRoute]", "does not wait for GET"),
    ("RouteKey: POST /v1/stop", "RouteKey: POST /v1/halt", "may hold POST /v1/stop up"),
    (
        "            Condition: {ArnEquals: {\"aws:SourceArn\": !Ref AlarmTopic}}\n",
        "",
        "LostPolicy lets anybody in",
    ),
    ("Principal: {Service: cloudwatch.amazonaws.com}", "Principal: \"*\"", "TopicPolicy lets anybody in"),
    // What is kept
    ("alerts\", KmsMasterKeyId: !Ref TopicKey}", "alerts\"}", "Alerts is not sealed"),
    ("UpdateReplacePolicy: Retain", "UpdateReplacePolicy: Delete", "the table is not safe"),
    (
        "DeletionProtectionEnabled: !Ref DeletionProtection",
        "DeletionProtectionEnabled: false",
        "the table is not safe",
    ),
    ("PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "the table is not safe"),
    ("{AttributeName: sk, KeyType: RANGE}", "{AttributeName: pk, KeyType: RANGE}", "the table is not safe"),
    ("TIDEGATE_TABLE: ", "TIDEGATE_TABEL: ", "TIDEGATE_TABLE"),
    ("          TIDEGATE_ALERTS: !Ref Alerts\n", "", "nobody sets TIDEGATE_ALERTS"),
    (
        "TIDEGATE_BUS: default\n",
        "TIDEGATE_BUS: default\n          TIDEGATE_TOPIC: x\n",
        "nobody reads TIDEGATE_TOPIC",
    ),
];

#[test]
fn each_planted_carelessness_is_seen() {
    let text = file("template.yaml");
    for (before, after, said) in PLANTED {
        assert!(text.contains(before), "`{before}` is no longer there");
        let wrong = wrong(text.replacen(before, after, 1));
        assert!(wrong.iter().any(|wrong| wrong.contains(said)), "`{after}` is not seen: {wrong:#?}");
    }
}

#[test]
fn a_door_without_a_name_in_the_table_is_no_door() {
    // Every variable goes, not only the first: then what the doors read is set by nobody.
    let text = file("template.yaml").replace("TIDEGATE_TABLE: ", "TIDEGATE_TABEL: ");
    assert!(wrong(text).contains(&"nobody sets TIDEGATE_TABLE".to_owned()));
}

/// The partitions that roles name are those of the table.
#[test]
fn the_partitions_of_the_roles_are_those_of_the_table() {
    let (template, keys) = (file("template.yaml"), file("shared/aws/src/store/item.rs"));
    let named: Vec<&str> = template.split('"').filter_map(|text| text.strip_suffix('*')).collect();
    let partitions: Vec<&&str> = named.iter().filter(|text| text.ends_with('#')).collect();
    assert!(partitions.len() >= 5, "{partitions:?}");
    for partition in partitions {
        assert!(keys.contains(&format!("\"{partition}")), "{partition}");
    }
    assert!(keys.contains("\"ACTIVE\"") && template.contains("[ACTIVE, "));
    assert!(keys.contains("const PK: &str = \"pk\"") && keys.contains("const SK: &str = \"sk\""));
    assert!(keys.contains("\"ENTRY#") && template.contains(r#"{"prefix": "ENTRY#"}"#));
}

#[test]
fn the_example_is_one_thing_in_three_files() {
    let plan = load("plan.yaml", &file("examples/target/plan.yaml")).unwrap().plan;
    let template = Template::read(file("examples/target/template.yaml"));
    let (function, source) = (template.doors()[0], file("examples/target/src/metrics.rs"));
    assert_eq!(function.property("FunctionName"), &plan.targets[0].function);
    assert_eq!(function.property("Tags")["tidegate:managed"], "true");
    // What it is deployed with is what the plan has for nobody: a start finds nothing that was done by hand.
    let variables = &function.property("Environment")["Variables"];
    for (name, value) in &plan.targets[0].set {
        assert_eq!(variables[name], value.render(&plan.nobody()), "{name}");
    }
    for series in &plan.series {
        let (namespace, metric) = series.metric.rsplit_once('/').unwrap();
        assert!(source.contains(&format!("\"Namespace\": \"{namespace}\"")), "{namespace}");
        assert!(source.contains(&format!("metric(\"{metric}\"")), "{metric}");
        let dimensions: Vec<&String> = series.dimensions.keys().collect();
        assert_eq!(dimensions, ["Arm"]);
    }
}
