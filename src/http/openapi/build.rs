//! The document in the making.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::failures::{self, FAILURES};
use super::{access, events};
use crate::access::Needs;
use crate::http::routes::needs;

const ABOUT: &str = "Analytics for chatbots: events in, exact figures out. \
    Days and hours are those of the bot's time zone; money is US dollars; times are milliseconds unless a name says \
    otherwise; timestamps are RFC 3339.\n\nA parameter that is unknown, malformed or out of range is refused with its name; \
    another method of an address is refused with 405 and `Allow`. GET also answers HEAD. Every answer carries an \
    `X-Request-Id`, which the server's log names too; one that you send is taken over if it has 1 to 64 letters, digits, \
    `.`, `_` or `-`.\n\nWhere there are no users and no keys, everyone on this machine may send all of this, and no one else any. \
    Where there are, a request says whose it is: with a key, `Authorization: Bearer KEY`, or with the cookie of a login, and \
    then what changes something with `X-CSRF-Token` too. Whoever is given bots sees these only: of another one he hears that \
    it does not exist.";

const TAGS: [(&str, &str); 12] = [
    ("Events", "What a bot reports, and the bot itself."),
    ("Figures", "What the events of a window add up to."),
    ("Sessions and leads", "Who came, what was said, and who left an address."),
    ("Masking", "What is taken out of texts before they are stored."),
    ("First system", "The first system's own addresses, with its envelope, for its clients."),
    ("Alerts", "What is watched, how it stands, and who is told."),
    ("Reports", "What is sent by mail when a day, a week or a month is over."),
    ("Experiments", "What is tried on visitors, and what comes of it."),
    ("Access", "Who may come in: logins, users and keys, and the record of what became of them."),
    ("Retention", "How long bots keep what they were told."),
    ("Erasure", "Persons and sessions that have to go, and what is held of a person."),
    ("Server", "How the server does."),
];

pub struct Docs {
    generator: SchemaGenerator,
    /// Of what is read.
    asked: SchemaGenerator,
    schemas: Map<String, Value>,
    paths: Map<String, Value>,
}

impl Default for Docs {
    fn default() -> Self {
        // As answers are written: what is always there is required, and may be null all the same.
        let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        // As they are read: what may be left out is not required. Each is whole, as an answer's part may be of the same name.
        let asked = SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        });
        Self {
            generator: settings.into_generator(),
            asked: asked.into_generator(),
            schemas: events::schemas(),
            paths: Map::new(),
        }
    }
}

impl Docs {
    /// A reference to what a type is written as.
    pub fn of<T: JsonSchema>(&mut self) -> Value {
        self.generator.subschema_for::<T>().into()
    }

    /// A reference to what a type is read from.
    pub fn asked<T: JsonSchema>(&mut self) -> Value {
        let schema = T::json_schema(&mut self.asked);
        self.put(&T::schema_name(), schema.into())
    }

    /// The same in the contract's envelope, under a name of its own.
    pub fn success<T: JsonSchema>(&mut self) -> Value {
        let inner: Schema = T::json_schema(&mut self.generator);
        let inner = Value::from(inner);
        let mut properties = Map::new();
        properties.insert("status".into(), json!({"const": "success"}));
        properties.extend(inner["properties"].as_object().cloned().unwrap_or_default());
        properties.insert("timestamp".into(), json!({"type": "string", "format": "date-time"}));
        let mut required = vec![Value::from("status")];
        required.extend(inner["required"].as_array().cloned().unwrap_or_default());
        required.push("timestamp".into());
        let name = format!("{}Answer", T::schema_name());
        let schema = json!({"type": "object", "properties": properties, "required": required});
        self.put(&name, schema)
    }

    /// A schema under a name of its own, as a reference.
    pub fn put(&mut self, name: &str, schema: Value) -> Value {
        self.schemas.insert(name.to_owned(), schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    pub fn add(&mut self, operation: Operation) {
        let Operation { path, method, mut value } = operation.needs_what_its_route_does();
        value["responses"].as_object_mut().expect("it was made so").sort_keys();
        let methods = self.paths.entry(path).or_insert_with(|| json!({}));
        methods[method] = value;
    }

    pub fn finish(mut self) -> Value {
        let mut schemas = self.schemas;
        schemas.insert("Error".into(), failures::error(&mut self.generator));
        schemas.insert("LegacyError".into(), failures::legacy_error(&mut self.generator));
        schemas.extend(self.generator.take_definitions(true));
        schemas.sort_keys();
        let tags: Vec<Value> = TAGS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect();
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "NovaHouse",
                "version": env!("CARGO_PKG_VERSION"),
                "description": ABOUT,
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/", "description": "This server"}],
            "tags": tags,
            "paths": self.paths,
            "components": {
                "schemas": schemas,
                "responses": failures::responses(),
                "securitySchemes": access::schemes(),
                "headers": {
                    "RequestId": {"description": "What the server's log calls this request.", "schema": {"type": "string"}},
                    "WwwAuthenticate": {"description": "Always `Bearer`.", "schema": {"const": "Bearer"}},
                    "RetryAfter": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer"}},
                },
            },
        })
    }
}

/// One way to ask an address.
pub struct Operation {
    path: &'static str,
    method: &'static str,
    value: Value,
}

impl Operation {
    pub fn get(path: &'static str, id: &str, tag: &str, summary: &str) -> Self {
        Self::new("get", path, id, tag, summary)
    }

    pub fn post(path: &'static str, id: &str, tag: &str, summary: &str) -> Self {
        Self::new("post", path, id, tag, summary)
    }

    pub fn new(method: &'static str, path: &'static str, id: &str, tag: &str, summary: &str) -> Self {
        debug_assert!(TAGS.iter().any(|(name, _)| *name == tag), "{tag}");
        let value = json!({"operationId": id, "tags": [tag], "summary": summary, "parameters": [], "responses": {}});
        // What may meet any request before it comes to its route.
        [400, 403, 414, 429, 431, 503].into_iter().fold(Self { path, method, value }, Self::fails)
    }

    pub fn about(mut self, text: &str) -> Self {
        self.value["description"] = text.into();
        self
    }

    pub fn params(mut self, params: impl IntoIterator<Item = Value>) -> Self {
        self.value["parameters"].as_array_mut().expect("it was made so").extend(params);
        self
    }

    pub fn takes(mut self, content: Value) -> Self {
        self.value["requestBody"] = json!({"required": true, "content": content});
        self.fails(408).fails(413)
    }

    pub fn takes_at_most(mut self, bytes_max: u64) -> Self {
        self.value["requestBody"]["description"] = format!("At most {} KiB.", bytes_max / 1024).into();
        self
    }

    /// The good answer, JSON.
    pub fn gives(self, description: &str, schema: Value) -> Self {
        self.answers(200, description, json!({"application/json": {"schema": schema}}))
    }

    pub fn answers(mut self, status: u16, description: &str, content: Value) -> Self {
        self.value["responses"][status.to_string()] =
            json!({"description": description, "headers": request_id(), "content": content});
        self
    }

    /// May answer with this failure.
    pub fn fails(mut self, status: u16) -> Self {
        let (_, name, _) = FAILURES.iter().find(|known| known.0 == status).expect("every failure is described");
        self.value["responses"][status.to_string()] = json!({"$ref": format!("#/components/responses/{name}")});
        self
    }

    /// What fails in here has the first system's envelope.
    pub fn fails_as_legacy(mut self) -> Self {
        for status in failures::LEGACY {
            self.value["responses"][status.to_string()] =
                json!({"$ref": format!("#/components/responses/Legacy{}", failures::name(status))});
        }
        self
    }

    /// A header of the good answer.
    pub fn gives_header(mut self, name: &str, description: &str) -> Self {
        self.value["responses"]["200"]["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}});
        self
    }

    /// What can be done next with the good answer: an operation by its id, and which part of the exchange its parameter is.
    pub fn leads_to(mut self, operation: &str, parameter: &str, part: &str) -> Self {
        self.value["responses"]["200"]["links"][operation] =
            json!({"operationId": operation, "parameters": {parameter: part}});
        self
    }

    /// Who may, as the routes say it.
    fn needs_what_its_route_does(mut self) -> Self {
        let needs = needs(self.path, self.method);
        let about = self.value["description"].as_str().unwrap_or_default();
        self.value["description"] = format!("{about}\n\n{}", access::who_may(needs)).trim_start().into();
        self.value["security"] = access::security(needs, self.method);
        let is_told = !self.value["responses"]["401"].is_null();
        if needs == Needs::Nothing || is_told { self } else { self.fails(401) }
    }
}

pub fn request_id() -> Value {
    json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}})
}
