//! Letters as mail, over SMTP (RFC 5321) by lettre.

use std::error::Error as _;
use std::time::UNIX_EPOCH;

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, IntoBody, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor};

use super::channel::{Email, Security};
use super::hook::shortened;
use super::pages::Letter;
use super::{Again, Composed, Failed};
use crate::limits::{DELIVERY_CONNECT_WITHIN, DELIVERY_WITHIN};

/// The longest address in a header, bytes: a line may have 998 (RFC 5322, 2.1.1), and an address is not folded.
const HEADER_ADDRESS_BYTES_MAX: usize = 900;

/// Sends it, as it was composed where it was, and returns what was answered.
pub async fn send(email: &Email, letter: &Letter, composed: Option<Composed>) -> Result<String, Failed> {
    let is_to_several = composed.is_none() && readers(email, letter)?.len() > 1;
    let mail = mail(email, letter, composed).map_err(|why| Failed { why, again: Again::Never })?;
    let known = email.clone();
    // The system's certificates are read from the disk.
    let transport = tokio::task::spawn_blocking(move || transport(&known)).await;
    let transport =
        transport.map_err(|_| Failed::later("making a connection panicked"))?.map_err(|error| told(&error, false))?;
    match tokio::time::timeout(DELIVERY_WITHIN, transport.send(mail)).await {
        Ok(Ok(response)) => {
            let lines: Vec<&str> = response.message().collect();
            Ok(shortened(&format!("{} {}", response.code(), lines.join(" "))))
        }
        Ok(Err(error)) => Err(told(&error, is_to_several)),
        Err(_) => Err(Failed::later(format!("no answer within {} s", DELIVERY_WITHIN.as_secs()))),
    }
}

/// To whom it goes, where it is not composed for someone.
fn readers<'l>(email: &'l Email, letter: &'l Letter) -> Result<&'l [String], Failed> {
    match &letter.message.to {
        None => Ok(&email.to),
        Some(to) if email.to.contains(to) => Ok(std::slice::from_ref(to)),
        Some(_) => {
            let why = "this address was taken from the channel".to_owned();
            Err(Failed { why, again: Again::Never })
        }
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
        for address in readers(email, letter).map_err(|failed| failed.why)? {
            mail = mail.to(mailbox(address)?);
        }
        let body = quoted(letter.message.lines.join("\n"));
        let mail = mail.subject(&letter.message.title).header(ContentType::TEXT_PLAIN).body(body);
        return mail.map_err(|error| error.to_string());
    };
    mail = mail.to(mailbox(&composed.to)?).subject(&composed.subject);
    // No one is away from the desk for a program.
    mail = mail.raw_header(header("Auto-Submitted", "auto-generated".into()));
    let short = |address: &&String| address.len() <= HEADER_ADDRESS_BYTES_MAX;
    if let Some(address) = composed.unsubscribe.as_ref().filter(short) {
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
    let mut related = MultiPart::related().singlepart(SinglePart::html(quoted(composed.html)));
    for picture in composed.pictures {
        let part = lettre::message::Attachment::new_inline(picture.id).body(in_base64(picture.png), png.clone());
        related = related.singlepart(part);
    }
    let readable = MultiPart::alternative().singlepart(SinglePart::plain(quoted(composed.text))).multipart(related);
    let mut all = MultiPart::mixed().multipart(readable);
    for file in composed.files {
        let body = in_base64(file.bytes);
        all = all.singlepart(lettre::message::Attachment::new(file.name).body(body, kind(file.kind)?));
    }
    Ok(all)
}

/// A text in lines of at most 76 characters (RFC 2045, 6.7), whatever its own are. What is plain ASCII would go out as it is
/// otherwise, with lines as long as it has them.
fn quoted(text: String) -> Body {
    text.into_body(Some(ContentTransferEncoding::QuotedPrintable))
}

/// A file in lines of 76 characters. One of plain ASCII would go out as it is otherwise, with its own ends of lines, and no mail
/// server takes a line feed alone (RFC 5321, 2.3.8).
fn in_base64(bytes: Vec<u8>) -> Body {
    bytes.into_body(Some(ContentTransferEncoding::Base64))
}

fn told(error: &lettre::transport::smtp::Error, is_to_several: bool) -> Failed {
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_text = deeper.to_string();
        if !why.contains(&deeper_text) {
            why = format!("{why}: {deeper_text}");
        }
        cause = deeper.source();
    }
    let again = match error.status().map(u16::from) {
        // A mailbox that is full, unknown or busy: the others' may be none of it.
        Some(450..=452 | 550..=554) if is_to_several => Again::Each,
        // A mailbox or a message that is refused for good; a login that is, someone may mend.
        Some(550..560) if error.is_permanent() => Again::Never,
        _ => Again::After(None),
    };
    Failed { why: shortened(&why), again }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::notify::{Attachment, Message};

    /// A mail as it goes over the wire.
    fn sent(composed: Option<Composed>) -> String {
        let email = Email {
            host: "localhost".into(),
            port: 25,
            security: Security::None,
            user: None,
            password: None,
            from: "nova@example.com".into(),
            to: vec!["ops@example.com".into()],
            language: Language::En,
        };
        let message = Message { lines: vec!["x".repeat(5_000)], ..Message::test("ops", Language::En) };
        let letter = Letter::of("1".into(), "ops", message, 0);
        String::from_utf8(mail(&email, &letter, composed).unwrap().formatted()).unwrap()
    }

    /// A CSV that was all ASCII once went out as it was, and mail servers answered "Line too long".
    #[test]
    fn no_line_of_plain_ascii_is_longer_than_a_mail_server_takes() {
        let long = format!("{}\n", "an English shop ".repeat(500));
        let csv =
            Attachment { name: "a.csv".into(), kind: "text/csv; charset=utf-8", bytes: "a,b\n".repeat(1_000).into() };
        let composed = Composed {
            to: "anna@example.com".into(),
            subject: "Weekly report".into(),
            text: long.clone(),
            html: long,
            pictures: Vec::new(),
            files: vec![csv],
            unsubscribe: Some(format!("https://example.com/{}", "a".repeat(1_000))),
        };
        for mail in [sent(Some(composed)), sent(None)] {
            let lines: Vec<&str> = mail.split("\r\n").collect();
            assert!(
                lines.len() > 60 && lines.iter().all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])),
                "{mail}"
            );
        }
    }
}
