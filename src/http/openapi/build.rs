//! The document in the making.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::events;
use super::failures::{self, FAILURES};

const ABOUT: &str = "Analytics for chatbots: events in, exact figures out. \
    Days and hours are those of the bot's time zone; money is US dollars; times are milliseconds unless a name says \
    otherwise; timestamps are RFC 3339.\n\nA parameter that is unknown, malformed or out of range is refused with its name; \
    another method of an address is refused with 405 and `Allow`. GET also answers HEAD. Every answer carries an \
    `X-Request-Id`, which the server's log names too; one that you send is taken over if it has 1 to 64 letters, digits, \
    `.`, `_` or `-`.";

const TAGS: [(&str, &str); 5] = [
    ("Events", "What a bot reports, and the bot itself."),
    ("Figures", "What the events of a window add up to."),
    ("Sessions and leads", "Who came, what was said, and who left an address."),
    ("First system", "The first system's own addresses, with its envelope, for its clients."),
    ("Server", "How the server does."),
];

pub struct Docs {
    generator: SchemaGenerator,
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
        Self { generator: settings.into_generator(), schemas: events::schemas(), paths: Map::new() }
    }
}

impl Docs {
    /// A reference to what a type is written as.
    pub fn of<T: JsonSchema>(&mut self) -> Value {
        self.generator.subschema_for::<T>().into()
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
        let Operation { path, method, mut value } = operation;
        value["responses"].as_object_mut().expect("it was made so").sort_keys();
        self.paths.insert(path.to_owned(), json!({method: value}));
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
                "headers": {
                    "RequestId": {"description": "What the server's log calls this request.", "schema": {"type": "string"}},
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
        let mut post = Self::new("post", path, id, tag, summary);
        for status in [408, 413] {
            post = post.fails(status);
        }
        post
    }

    fn new(method: &'static str, path: &'static str, id: &str, tag: &str, summary: &str) -> Self {
        debug_assert!(TAGS.iter().any(|(name, _)| *name == tag), "{tag}");
        let value = json!({"operationId": id, "tags": [tag], "summary": summary, "parameters": [], "responses": {}});
        // What may meet any request before it comes to its route.
        [400, 414, 429, 431, 503].into_iter().fold(Self { path, method, value }, Self::fails)
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
}

pub fn request_id() -> Value {
    json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}})
}
