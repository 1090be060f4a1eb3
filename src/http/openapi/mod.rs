//! GET /api/openapi.json: the API as OpenAPI 3.1, made from the types that are written and the limits that are kept.

mod access;
mod build;
mod events;
mod failures;
mod figures;
mod legacy;
mod params;
mod people;
mod service;

use std::sync::LazyLock;

use bytes::Bytes;
use warp::http::StatusCode;

use super::App;
use super::params::Params;
use super::respond::{Answered, json_text};
use build::Docs;
pub use events::AnyEvent;

/// It follows from the program alone.
static TEXT: LazyLock<Bytes> = LazyLock::new(|| described().to_string().into());

pub fn document(_: &App, params: Params) -> Answered {
    params.finish()?;
    Ok(json_text(StatusCode::OK, TEXT.clone()))
}

fn described() -> serde_json::Value {
    let mut docs = Docs::default();
    service::events_and_chat(&mut docs);
    figures::list(&mut docs);
    people::list(&mut docs);
    legacy::list(&mut docs);
    access::list(&mut docs);
    service::health(&mut docs);
    docs.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::routes;

    #[test]
    fn exactly_the_routes_there_are_are_described() {
        let document = described();
        let mut described: Vec<(String, Vec<String>)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, methods)| (path.clone(), methods.as_object().unwrap().keys().cloned().collect()))
            .collect();
        described.sort();
        assert_eq!(described, routes::described());
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_part_is_referred_to() {
        let document = described();
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        for (kind, parts) in document["components"].as_object().unwrap() {
            for name in parts.as_object().unwrap().keys() {
                assert!(text.contains(&format!("\"#/components/{kind}/{name}\"")), "{kind}/{name} is of no use");
            }
        }
    }
}
