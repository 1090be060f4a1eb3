//! Letters as mail, over SMTP (RFC 5321) by lettre.

use std::error::Error as _;
use std::time::UNIX_EPOCH;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor};

use super::channel::{Email, Security};
use super::hook::shortened;
use super::pages::Letter;
use super::{Again, Composed, Failed};
use crate::limits::{DELIVERY_CONNECT_WITHIN, DELIVERY_WITHIN};

/// Sends it, as it was composed where it was, and returns what was answered.
pub async fn send(email: &Email, letter: &Letter, composed: Option<Composed>) -> Result<String, Failed> {
    let mail = mail(email, letter, composed).map_err(|why| Failed { why, again: Again::Never })?;
    let known = email.clone();
    // The system's certificates are read from the disk.
    let transport = tokio::task::spawn_blocking(move || transport(&known)).await;
    let transport =
        transport.map_err(|_| Failed::later("making a connection panicked"))?.map_err(|error| told(&error))?;
    match tokio::time::timeout(DELIVERY_WITHIN, transport.send(mail)).await {
        Ok(Ok(response)) => {
            let lines: Vec<&str> = response.message().collect();
            Ok(shortened(&format!("{} {}", response.code(), lines.join(" "))))
        }
        Ok(Err(error)) => Err(told(&error)),
        Err(_) => Err(Failed::later(format!("no answer within {} s", DELIVERY_WITHIN.as_secs()))),
    }
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

fn transport(email: &Email) -> Result<Transport, lettre::transport::smtp::Error> {
    // It is there already where something else speaks TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = match email.security {
        Security::Starttls => Tls::Required(TlsParameters::new(email.host.clone())?),
        Security::Tls => Tls::Wrapper(TlsParameters::new(email.host.clone())?),
        Security::None => Tls::None,
    };
    let builder = Transport::builder_dangerous(&email.host).port(email.port).tls(tls);
    let builder = builder.timeout(Some(DELIVERY_CONNECT_WITHIN));
    Ok(match (&email.user, &email.password) {
        (Some(user), Some(password)) => builder.credentials(Credentials::new(user.clone(), password.0.clone())).build(),
        _ => builder.build(),
    })
}

fn mail(email: &Email, letter: &Letter, composed: Option<Composed>) -> Result<Mail, String> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| format!("{text}: {error}"));
    let from = mailbox(&email.from)?;
    let made = UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(letter.made_ms).unwrap_or(0));
    // The same for each delivery: whoever has it already can tell.
    let id = format!("<{}@{}>", letter.id, from.email.domain());
    let mut mail = Mail::builder().message_id(Some(id)).date(made).from(from);
    let Some(composed) = composed else {
        for address in &email.to {
            mail = mail.to(mailbox(address)?);
        }
        let body = letter.message.lines.join("\r\n");
        let mail = mail.subject(&letter.message.title).header(ContentType::TEXT_PLAIN).body(body);
        return mail.map_err(|error| error.to_string());
    };
    mail = mail.to(mailbox(&composed.to)?).subject(&composed.subject);
    // No one is away from the desk for a program.
    mail = mail.raw_header(header("Auto-Submitted", "auto-generated".into()));
    if let Some(address) = &composed.unsubscribe {
        mail = mail.raw_header(header("List-Unsubscribe", format!("<{address}>")));
        mail = mail.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
    }
    mail.multipart(parts(composed)?).map_err(|error| error.to_string())
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The text, or better the HTML with its pictures, and the files.
fn parts(composed: Composed) -> Result<MultiPart, String> {
    let kind = |name: &str| ContentType::parse(name).map_err(|error| format!("{name}: {error}"));
    let png = kind("image/png")?;
    let mut related = MultiPart::related().singlepart(SinglePart::html(composed.html));
    for picture in composed.pictures {
        let part = lettre::message::Attachment::new_inline(picture.id).body(picture.png, png.clone());
        related = related.singlepart(part);
    }
    let readable = MultiPart::alternative().singlepart(SinglePart::plain(composed.text)).multipart(related);
    let mut all = MultiPart::mixed().multipart(readable);
    for file in composed.files {
        all = all.singlepart(lettre::message::Attachment::new(file.name).body(file.bytes, kind(file.kind)?));
    }
    Ok(all)
}

fn told(error: &lettre::transport::smtp::Error) -> Failed {
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_text = deeper.to_string();
        if !why.contains(&deeper_text) {
            why = format!("{why}: {deeper_text}");
        }
        cause = deeper.source();
    }
    // A mailbox or a message that is refused for good; a login that is, someone may mend.
    let refused = error.is_permanent() && error.status().is_some_and(|code| (550..560).contains(&u16::from(code)));
    let again = if refused { Again::Never } else { Again::After(None) };
    Failed { why: shortened(&why), again }
}
