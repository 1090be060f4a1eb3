//! `novahouse doctor`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::print_json;
use super::serve::page_cache;
use crate::clock::Clock;
use crate::doctor::{Finding, Level, Patient, examine};
use crate::error::Result;
use crate::limits::PAGE_CACHE_BYTES;

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse doctor --data /var/lib/novahouse\n\n\
                        Exits with 0 if all is well, with 1 after a warning, with 2 if something is bad.")]
pub(super) struct Doctor {
    /// The data directory; without one, the machine alone is looked at
    #[arg(long = "data", value_name = "DIR", env = "NOVAHOUSE_DATA")]
    data: Option<PathBuf>,
    /// The address that the server listens on, or is to
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "NOVAHOUSE_LISTEN")]
    listen: SocketAddr,
    /// The server's certificate
    #[arg(long, value_name = "FILE", env = "NOVAHOUSE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE", env = "NOVAHOUSE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Megabytes that the server is given as page cache
    #[arg(long, value_name = "MB", default_value_t = PAGE_CACHE_BYTES >> 20, env = "NOVAHOUSE_PAGE_CACHE",
          value_parser = page_cache)]
    page_cache: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Doctor) -> Result<ExitCode> {
    let findings = examine(&Patient {
        data: command.data.clone(),
        listen: command.listen,
        tls: command.tls_cert.clone().zip(command.tls_key.clone()),
        page_cache_bytes: (command.page_cache as u64) << 20,
        now_ms: Clock::System.now_ms(),
    });
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok);
    if command.json {
        print_json(&json!({"worst": worst, "findings": findings}));
    } else {
        findings.iter().for_each(print);
    }
    Ok(ExitCode::from(worst as u8))
}

fn print(found: &Finding) {
    let level = match found.level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Bad => "bad",
    };
    let advice = found.advice.iter().map(|advice| format!(" -> {advice}")).collect::<String>();
    println!("{level:<4}  {:<10}  {}{advice}", found.about, found.finding);
}
