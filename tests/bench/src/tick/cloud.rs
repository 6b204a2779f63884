//! Sets the stage on a local AWS that believes everybody.

use crate::{Measured, doors::TABLE};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::fmt::Write;

/// So many values of each metric, a minute apart.
const MINUTES: i64 = 10;
/// The end of an archive with nothing in it.
const EMPTY_ZIP: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

pub(crate) struct Cloud {
    endpoint: String,
    agent: ureq::Agent,
}

impl Cloud {
    pub(crate) fn new(endpoint: &str) -> Cloud {
        let agent = ureq::Agent::config_builder().proxy(None).build().into();
        Cloud { endpoint: endpoint.to_owned(), agent }
    }

    pub(crate) fn create_table(&self) -> Measured {
        let table = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        });
        let call = self.agent.post(&self.endpoint).header("authorization", &signed("dynamodb"));
        call.header("x-amz-target", "DynamoDB_20120810.CreateTable")
            .content_type("application/x-amz-json-1.0")
            .send(table.to_string())?;
        Ok(())
    }

    pub(crate) fn create_function(&self, name: &str) -> Measured {
        let function: Value = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": "arn:aws:iam::000000000000:role/bench",
            "Code": {"ZipFile": BASE64_STANDARD.encode(EMPTY_ZIP)},
            "Environment": {"Variables": {"FOREIGN": "1"}},
            "Tags": {"tidegate:managed": "true"},
        });
        let call = self.agent.post(format!("{}/2015-03-31/functions", self.endpoint));
        call.header("authorization", &signed("lambda")).send_json(function)?;
        Ok(())
    }

    /// What both arms measured in the last minutes.
    pub(crate) fn put_metrics(&self, function: &str, metrics: usize) -> Measured {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
        let now = i64::try_from(now)?;
        let mut form = "Action=PutMetricData&Version=2010-08-01&Namespace=Bench".to_owned();
        let mut nth = 0;
        for metric in 0..metrics {
            for arm in ["canary", "baseline"] {
                for minute in 0..MINUTES {
                    nth += 1;
                    let datum = format!("MetricData.member.{nth}");
                    let dimension = format!("{datum}.Dimensions.member");
                    write!(
                        form,
                        "&{datum}.MetricName=M{metric}&{datum}.Value=7&{datum}.Timestamp={}",
                        now - minute * 60
                    )?;
                    write!(form, "&{dimension}.1.Name=Function&{dimension}.1.Value={function}")?;
                    write!(form, "&{dimension}.2.Name=Arm&{dimension}.2.Value={arm}")?;
                }
            }
        }
        self.monitor(form)
    }

    /// An alarm that does not ring.
    pub(crate) fn put_alarm(&self, name: &str) -> Measured {
        self.monitor(format!(
            "Action=PutMetricAlarm&Version=2010-08-01&AlarmName={name}&Namespace=Bench&MetricName=M0&Statistic=Sum\
             &Period=60&EvaluationPeriods=1&Threshold=1000000&ComparisonOperator=GreaterThanThreshold"
        ))
    }

    fn monitor(&self, form: String) -> Measured {
        let call = self.agent.post(&self.endpoint).header("authorization", &signed("monitoring"));
        call.content_type("application/x-www-form-urlencoded").send(form)?;
        Ok(())
    }
}

/// It says which service is meant, and nobody looks at the rest.
fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}
