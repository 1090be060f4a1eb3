//! The API's description, to compare answers with.

use serde_json::{Value, json};

use super::client::Answer;
use super::served::Served;

/// The document, with every object closed: a key that it does not have is a fault.
pub struct Document(pub Value);

impl Document {
    pub fn of(served: &Served) -> Self {
        let mut document = served.get("/api/openapi.json").json();
        close(&mut document["components"]["schemas"]);
        close(&mut document["paths"]);
        Self(document)
    }

    /// # Panics
    /// Unless the answer is one that the document describes.
    #[track_caller]
    pub fn describes(&self, method: &str, path: &str, answer: &Answer) {
        let operation = &self.0["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not described");
        let mut response = &operation["responses"][answer.status.to_string()];
        if let Some(pointer) = response["$ref"].as_str() {
            response = self.0.pointer(&pointer[1..]).unwrap_or_else(|| panic!("{pointer} leads nowhere"));
        }
        let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        let schema = &response["content"][media_type]["schema"];
        assert!(schema.is_object(), "{method} {path}: {} {media_type} is not described", answer.status);
        for header in response["headers"].as_object().unwrap().keys() {
            assert!(answer.header(&header.to_lowercase()).is_some(), "{path}: {header} is missing");
        }
        if media_type == "application/json" {
            let faults = self.faults(schema, &answer.json());
            assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{}", answer.text());
        }
    }

    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let whole = json!({"allOf": [schema], "components": self.0["components"]});
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type") {
                fields.insert("additionalProperties".into(), false.into());
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
