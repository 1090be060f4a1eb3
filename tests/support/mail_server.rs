//! A mail server on loopback: it speaks SMTP in clear, after STARTTLS or in TLS from the first byte, wants a login where it is
//! told so, keeps what it is sent, and refuses, fails or hangs on demand. Lines that are too long, and line feeds alone, it never
//! takes.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use novahouse::language::Language;
use novahouse::notify::{Channel, Email, Security};
use parking_lot::Mutex;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::becomes;
use super::browser::base64;

/// The longest line of a mail without its end, bytes (RFC 5322, 2.1.1).
const LINE_BYTES_MAX: usize = 998;

/// How it speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    Clear,
    Starttls,
    Tls,
}

/// What it does with the next mails, one each; after them it takes all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Refuses the recipient with this code.
    Refuses(u16),
    /// Closes in the middle of the mail.
    Drops,
    /// Says nothing any more.
    Hangs,
}

#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
    /// Who had logged in, as `user\0password`.
    pub login: Option<String>,
    pub was_private: bool,
}

impl Mail {
    fn id(&self) -> &str {
        let line = self.text.lines().find(|line| line.starts_with("Message-ID: "));
        line.expect("every mail has one")
    }
}

struct Shared {
    speaks: Speaks,
    tls: Option<Arc<ServerConfig>>,
    wants_login: bool,
    mails: Mutex<Vec<Mail>>,
    moods: Mutex<Vec<Mood>>,
    /// Who is refused, and with which code.
    refused: Mutex<HashMap<String, u16>>,
}

pub struct MailServer {
    pub address: SocketAddr,
    /// Who trusts this trusts the server as `localhost`, PEM.
    pub certificate: String,
    shared: Arc<Shared>,
}

impl MailServer {
    pub fn new(speaks: Speaks, wants_login: bool) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let tls = (speaks != Speaks::Clear).then(|| Arc::new(config(made.cert.der().clone(), key)));
        let (mails, moods, refused) = (Mutex::default(), Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { speaks, tls, wants_login, mails, moods, refused });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let accepting = shared.clone();
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = accepting.clone();
                std::thread::spawn(move || drop(talk(stream, &shared)));
            }
        });
        Self { address, certificate: made.cert.pem(), shared }
    }

    /// The channel that leads to these through it, in clear and without a login.
    pub fn channel(&self, to: &[&str]) -> Channel {
        Channel::Email(Email {
            host: "127.0.0.1".into(),
            port: self.address.port(),
            security: Security::None,
            user: None,
            password: None,
            from: "NovaHouse <nova@example.com>".into(),
            to: to.iter().map(|address| (*address).to_owned()).collect(),
            language: Language::En,
        })
    }

    pub fn then(&self, moods: &[Mood]) {
        self.shared.moods.lock().extend(moods);
    }

    /// Refuses this one with a code each time, until he is taken again.
    pub fn refuse(&self, address: &str, code: u16) {
        self.shared.refused.lock().insert(address.to_owned(), code);
    }

    pub fn take_again(&self, address: &str) {
        self.shared.refused.lock().remove(address);
    }

    /// The mails, once they are so many.
    ///
    /// # Panics
    /// Where they are fewer after a while, or more.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Mail> {
        self.wait(count, |mails| mails)
    }

    /// As `wait_for`, of a mailbox: what comes again under a Message-ID that it has is left out of it.
    #[track_caller]
    pub fn wait_for_distinct(&self, count: usize) -> Vec<Mail> {
        let mut known = HashSet::new();
        self.wait(count, |mut mails| {
            known.clear();
            mails.retain(|mail| known.insert(mail.id().to_owned()));
            mails
        })
    }

    #[track_caller]
    fn wait(&self, count: usize, mut kept: impl FnMut(Vec<Mail>) -> Vec<Mail>) -> Vec<Mail> {
        let mut mails = Vec::new();
        becomes(&format!("{count} mails"), || {
            mails = kept(self.shared.mails.lock().clone());
            mails.len() >= count
        });
        assert_eq!(mails.len(), count, "{mails:#?}");
        mails
    }

    /// How many it has taken, those that came again among them.
    pub fn taken(&self) -> usize {
        self.shared.mails.lock().len()
    }
}

fn config(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

struct Talk<'s> {
    wire: BufReader<Box<dyn Wire>>,
    shared: &'s Shared,
    was_private: bool,
    login: Option<String>,
    from: String,
    to: Vec<String>,
}

fn talk(stream: TcpStream, shared: &Shared) -> Result<()> {
    let later = stream.try_clone()?;
    let wire: Box<dyn Wire> = match shared.speaks {
        Speaks::Tls => Box::new(StreamOwned::new(session(shared)?, stream)),
        _ => Box::new(stream),
    };
    let mut talk = Talk {
        wire: BufReader::new(wire),
        shared,
        was_private: shared.speaks == Speaks::Tls,
        login: None,
        from: String::new(),
        to: Vec::new(),
    };
    talk.say("220 localhost ready")?;
    let mut later = Some(later);
    while let Some(line) = talk.line()? {
        let upper = line.to_ascii_uppercase();
        if upper == "STARTTLS" {
            talk.say("220 go on")?;
            let stream = later.take().ok_or_else(|| std::io::Error::other("twice"))?;
            talk.wire = BufReader::new(Box::new(StreamOwned::new(session(shared)?, stream)));
            talk.was_private = true;
        } else if !talk.answer(&line, &upper)? {
            return Ok(());
        }
    }
    Ok(())
}

fn session(shared: &Shared) -> Result<ServerConnection> {
    let config = shared.tls.clone().ok_or_else(|| std::io::Error::other("no TLS"))?;
    ServerConnection::new(config).map_err(std::io::Error::other)
}

impl Talk<'_> {
    fn say(&mut self, line: &str) -> Result<()> {
        let wire = self.wire.get_mut();
        wire.write_all(format!("{line}\r\n").as_bytes())?;
        wire.flush()
    }

    fn line(&mut self) -> Result<Option<String>> {
        Ok(self.whole_line()?.map(|line| line.trim_end().to_owned()))
    }

    /// With its end.
    fn whole_line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        let read = self.wire.read_line(&mut line)?;
        Ok((read > 0).then_some(line))
    }

    /// Answers a command; false ends the conversation.
    fn answer(&mut self, line: &str, upper: &str) -> Result<bool> {
        let refuses = self.shared.wants_login && self.login.is_none();
        match upper {
            _ if upper.starts_with("EHLO") => {
                let starttls = self.shared.speaks == Speaks::Starttls && !self.was_private;
                let offers = if starttls { "250-localhost\r\n250 STARTTLS" } else { "250-localhost\r\n250 AUTH PLAIN" };
                self.say(offers)?;
            }
            _ if upper.starts_with("AUTH PLAIN ") => {
                let said = String::from_utf8(base64(&line["AUTH PLAIN ".len()..])).map_err(std::io::Error::other)?;
                let login = said.trim_start_matches('\0').to_owned();
                let is_right = login.ends_with("\0a right password");
                self.login = is_right.then_some(login);
                self.say(if is_right { "235 welcome" } else { "535 5.7.8 who are you" })?;
            }
            _ if upper.starts_with("MAIL FROM:") && refuses => self.say("530 5.7.0 log in first")?,
            _ if upper.starts_with("MAIL FROM:") => {
                self.from = address(line);
                self.say("250 ok")?;
            }
            _ if upper.starts_with("RCPT TO:") => {
                let mood = {
                    let mut moods = self.shared.moods.lock();
                    (!moods.is_empty()).then(|| moods.remove(0))
                };
                match mood {
                    Some(Mood::Refuses(code)) => self.say(&format!("{code} not here"))?,
                    Some(Mood::Drops) => return Ok(false),
                    Some(Mood::Hangs) => std::thread::sleep(Duration::from_secs(600)),
                    None => self.recipient(address(line))?,
                }
            }
            "DATA" => self.data()?,
            "QUIT" => {
                self.say("221 bye")?;
                return Ok(false);
            }
            _ => self.say("250 ok")?,
        }
        Ok(true)
    }

    fn recipient(&mut self, address: String) -> Result<()> {
        let refused = self.shared.refused.lock().get(&address).copied();
        if let Some(code) = refused {
            return self.say(&format!("{code} not {address}"));
        }
        self.to.push(address);
        self.say("250 ok")
    }

    fn data(&mut self) -> Result<()> {
        self.say("354 go on")?;
        let (mut text, mut wrong) = (String::new(), None);
        loop {
            // Without its end it is no mail: who sent it has gone.
            let Some(whole) = self.whole_line()? else { return Err(ErrorKind::UnexpectedEof.into()) };
            match whole.strip_suffix("\r\n") {
                Some(".") => break,
                Some(line) if line.len() <= LINE_BYTES_MAX => {}
                Some(_) => wrong = Some("500 5.5.2 line too long"),
                None => wrong = Some("500 5.5.2 a line feed alone"),
            }
            let line = whole.trim_end();
            text.push_str(line.strip_prefix('.').unwrap_or(line));
            text.push('\n');
        }
        if let Some(answer) = wrong {
            self.to.clear();
            return self.say(answer);
        }
        let mail = Mail {
            from: std::mem::take(&mut self.from),
            to: std::mem::take(&mut self.to),
            text,
            login: self.login.clone(),
            was_private: self.was_private,
        };
        self.shared.mails.lock().push(mail);
        self.say("250 2.0.0 queued")
    }
}

fn address(line: &str) -> String {
    let from = line.find('<').map_or(0, |at| at + 1);
    line[from..line.find('>').unwrap_or(line.len())].to_owned()
}
