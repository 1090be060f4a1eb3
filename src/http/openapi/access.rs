//! Logging in, users and keys; and who may do what, of every address.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::params::whole;
use crate::access::{Holder, KeyKind, Needs, Role};
use crate::http::accounts::{ChangeBody, DEFAULT_LINES, KeyBody, UserBody};
use crate::http::auth::{Credentials, Passwords};
use crate::http::entry::COOKIE_NAME;
use crate::http::shown;
use crate::limits::{
    ACCESS_BODY_BYTES_MAX, ACCOUNT_NAME_BYTES_MAX, AUDIT_LISTED_MAX, KEYS_MAX, LOCKOUT_MINUTES, LOGIN_IDLE_MS_MAX,
    LOGIN_MS_MAX, USERS_MAX, WRONG_PASSWORDS_MAX,
};

const TAG: &str = "Access";
const HOUR_MS: i64 = 3_600_000;

pub fn list(docs: &mut Docs) {
    auth(docs);
    users(docs);
    keys(docs);
    logins(docs);
    audit(docs);
}

/// How a request says whose it is.
pub fn schemes() -> Value {
    json!({
        "key": {"type": "http", "scheme": "bearer", "description": "A key, made with `novahouse key add` or `POST /api/access/keys`."},
        "login": {
            "type": "apiKey", "in": "cookie", "name": COOKIE_NAME,
            "description": "The cookie that a login sets.",
        },
        "csrf": {
            "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "With the cookie, for what changes something: what the login was answered with, or `/api/auth/me` says.",
        },
    })
}

/// Any one of them will do.
pub fn security(needs: Needs, method: &str) -> Value {
    let login = if method == "get" { json!({"login": []}) } else { json!({"login": [], "csrf": []}) };
    match needs {
        Needs::Nothing => json!([]),
        Needs::Login => json!([login]),
        _ => json!([{"key": []}, login]),
    }
}

/// The same in words.
pub fn who_may(needs: Needs) -> String {
    let roles = Role::ALL.into_iter().filter(|role| needs.met_by(Holder::User(*role))).map(Role::name);
    let kinds = KeyKind::ALL.into_iter().filter(|kind| needs.met_by(Holder::Key(*kind))).map(KeyKind::name);
    let whole = format!("For users who are {}, and for keys that are {}.", one_of(roles), one_of(kinds));
    match needs {
        Needs::Nothing => "For everyone.".to_owned(),
        Needs::Login => "For users who have logged in; a key will not do.".to_owned(),
        Needs::Chat => format!("{whole} With `serve --public-chat` for everyone, about the bot `default`."),
        Needs::Export => format!("{whole} Of `type`, an agent may have `engagement` and `leads` only."),
        Needs::Write | Needs::People | Needs::Figures | Needs::Admin => whole,
    }
}

fn one_of(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => names.concat(),
    }
}

fn auth(docs: &mut Docs) {
    let welcome = docs.of::<shown::Welcome<'static>>();
    let about = format!(
        "Sets the cookie `{COOKIE_NAME}`, which no script can read. It lasts for {} hours without a request, and {} days in all. \
         After {WRONG_PASSWORDS_MAX} wrong passwords for a name there are no more tries for {LOCKOUT_MINUTES} minutes; 429 says \
         how long to wait.",
        LOGIN_IDLE_MS_MAX / HOUR_MS,
        LOGIN_MS_MAX / (24 * HOUR_MS),
    );
    let example = json!({"name": "anna", "password": "a long enough password"});
    let login = Operation::post("/api/auth/login", "login", TAG, "Log in").about(&about);
    let login = takes::<Credentials>(docs, login, example).gives("Who is logged in now.", welcome.clone()).fails(401);
    docs.add(login.gives_header("Set-Cookie", "The login."));

    let me = docs.of::<shown::Me<'static>>();
    docs.add(Operation::get("/api/auth/me", "me", TAG, "Who is logged in").gives("Who asks.", me));

    let done = docs.of::<shown::Done>();
    let logout = Operation::post("/api/auth/logout", "logout", TAG, "Log out").gives("It is done.", done).fails(409);
    docs.add(logout.gives_header("Set-Cookie", "Takes the login back."));

    let about = "Ends all logins of the user, and begins a new one. `current` that is wrong is refused with 403.";
    let password = Operation::post("/api/auth/password", "password", TAG, "Change the own password").about(about);
    let example = json!({"current": "a long enough password", "new": "quite another password"});
    let password = takes::<Passwords>(docs, password, example).gives("It is changed.", welcome).fails(409);
    docs.add(password.gives_header("Set-Cookie", "The new login."));
}

fn users(docs: &mut Docs) {
    let list = docs.of::<shown::UserList<'static>>();
    docs.add(Operation::get("/api/access/users", "users", TAG, "Who has a login").gives("The users.", list));

    let about = format!(
        "The first one has to be an `admin`; from then on everyone has to log in or to send a key. At most {USERS_MAX}. Refused \
         with 409 where there is one of the name."
    );
    let add = Operation::post("/api/access/users", "user_add", TAG, "Add a user").about(&about).fails(409);
    let example = json!({"name": "anna", "role": "agent", "bots": ["default"], "password": "a long enough password"});
    let add = takes::<UserBody>(docs, add, example);
    add_deed(docs, add);

    let path = "/api/access/users/{name}";
    let change = Operation::new("patch", path, "user_change", TAG, "Change a user's role, bots or password");
    let about = "A new password ends all of his logins. Refused with 409 where no admin would be left.";
    let change = change.about(about).params([named("name", "Who.")]).fails(404).fails(409);
    let change = takes::<ChangeBody>(docs, change, json!({"role": "analyst", "bots": []}));
    add_deed(docs, change);

    let remove = Operation::new("delete", path, "user_remove", TAG, "Remove a user, and end his logins");
    let about = "Refused with 409 where no admin would be left.";
    add_deed(docs, remove.about(about).params([named("name", "Who.")]).fails(404).fails(409));
}

fn keys(docs: &mut Docs) {
    let list = docs.of::<shown::KeyList<'static>>();
    docs.add(
        Operation::get("/api/access/keys", "keys", TAG, "The keys, without what they are").gives("The keys.", list),
    );

    let about = format!(
        "The answer is the only place where the key itself is ever said. At most {KEYS_MAX}. Refused with 409 where there is one \
         of the name, or no user yet."
    );
    let add = Operation::post("/api/access/keys", "key_add", TAG, "Make a key").about(&about).fails(409);
    let example =
        json!({"name": "shop", "kind": "ingest", "bots": ["default"], "origins": ["https://www.example.com"]});
    let made = docs.of::<shown::NewKeyAnswer<'static>>();
    let add = takes::<KeyBody>(docs, add, example);
    docs.add(add.gives("The key.", made));

    let remove = Operation::new("delete", "/api/access/keys/{id}", "key_remove", TAG, "Revoke a key");
    add_deed(docs, remove.params([named("id", "Its `id` in the list.")]).fails(404));
}

fn logins(docs: &mut Docs) {
    let list = docs.of::<shown::LoginList<'static>>();
    docs.add(
        Operation::get("/api/access/logins", "logins", TAG, "Who is logged in, and from where")
            .gives("The logins.", list),
    );

    let end = Operation::new("delete", "/api/access/logins/{id}", "login_end", TAG, "End a login");
    add_deed(docs, end.params([named("id", "Its `id` in the list.")]).fails(404));
}

fn audit(docs: &mut Docs) {
    let list = docs.of::<shown::AuditList>();
    let limit = whole("limit", "How many of the latest.", 1, AUDIT_LISTED_MAX as u64, DEFAULT_LINES as u64);
    let audit = Operation::get("/api/access/audit", "audit", TAG, "Logins and changes, and who made them");
    docs.add(audit.params([limit]).gives("The record, newest first.", list));
}

fn named(name: &str, description: &str) -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": ACCOUNT_NAME_BYTES_MAX});
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}

/// A JSON object of this type, and nothing else.
pub fn takes<T: JsonSchema>(docs: &mut Docs, operation: Operation, example: Value) -> Operation {
    let content = json!({"application/json": {"schema": docs.asked::<T>(), "example": example}});
    operation.takes(content).takes_at_most(ACCESS_BODY_BYTES_MAX).fails(415)
}

/// What has no more to say than that it is done.
fn add_deed(docs: &mut Docs, operation: Operation) {
    let done = docs.of::<shown::Done>();
    docs.add(operation.gives("It is done.", done));
}
