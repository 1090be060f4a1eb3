//! GET /api/openapi.json: the API as OpenAPI 3.1, made from the types that are written and the limits that are kept.

mod access;
mod alerts;
mod build;
mod erasures;
mod events;
mod experiments;
mod explore;
mod failures;
mod figures;
mod legacy;
mod masking;
mod params;
mod people;
mod reports;
mod retention;
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
    explore::list(&mut docs);
    people::list(&mut docs);
    masking::list(&mut docs);
    retention::list(&mut docs);
    erasures::list(&mut docs);
    legacy::list(&mut docs);
    alerts::list(&mut docs);
    reports::list(&mut docs);
    experiments::list(&mut docs);
    access::list(&mut docs);
    service::health(&mut docs);
    docs.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Needs;
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
        described.iter_mut().for_each(|(_, methods)| methods.sort());
        described.sort();
        assert_eq!(described, routes::described());
    }

    /// What the routes need, every operation says: to programs, and in words.
    #[test]
    fn what_each_route_needs_is_said() {
        let document = described();
        for endpoint in routes::ENDPOINTS {
            let operation = &document["paths"][endpoint.path][endpoint.method.to_lowercase()];
            let of = format!("{} {}", endpoint.method, endpoint.path);
            assert_eq!(
                operation["security"],
                access::security(endpoint.needs, &endpoint.method.to_lowercase()),
                "{of}"
            );
            let about = operation["description"].as_str().unwrap();
            assert!(about.ends_with(&access::who_may(endpoint.needs)), "{of}: {about}");
            for scheme in
                operation["security"].as_array().unwrap().iter().flat_map(|one| one.as_object().unwrap().keys())
            {
                assert!(document["components"]["securitySchemes"][scheme].is_object(), "{of}: {scheme}");
            }
        }
        let words = access::who_may(Needs::Figures);
        assert_eq!(words, "For users who are `admin` or `analyst`, and for keys that are `read` or `admin`.");
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
                let reference = match &**kind {
                    // These are spoken of by name.
                    "securitySchemes" => format!("\"{name}\":[]"),
                    _ => format!("\"#/components/{kind}/{name}\""),
                };
                assert!(text.contains(&reference), "{kind}/{name} is of no use");
            }
        }
    }
}
