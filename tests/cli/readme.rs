//! The README's curl lines, run, and their answers, compared with what is printed there.

use std::process::Command;

use crate::support::process::{Dir, Server, run};

const README: &str = include_str!("../../README.md");

/// A command and the output that the README shows for it.
struct Shown {
    command: String,
    output: String,
}

/// Commands of all `console` blocks. A command goes on while a quote is open.
fn shown() -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for block in README.split("```console\n").skip(1) {
        let block = block.split("\n```").next().expect("a split has a first part");
        let mut open = false;
        for line in block.lines() {
            if open {
                let command = &mut all.last_mut().expect("a quote was opened").command;
                command.push('\n');
                command.push_str(line);
                open ^= line.matches('\'').count() % 2 == 1;
            } else if let Some(command) = line.strip_prefix("$ ") {
                open = command.matches('\'').count() % 2 == 1;
                all.push(Shown { command: command.to_owned(), output: String::new() });
            } else {
                let output = &mut all.last_mut().expect("a block begins with a command").output;
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    all
}

/// Whether the text is the pattern, where each `…` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().expect("a split has a first part");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn every_curl_line_answers_as_printed() {
    let shown = shown();
    assert!(shown.len() > 12, "the tour has shrunk to {} lines", shown.len());
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let address = server.address.to_string();
    for Shown { command, output } in &shown {
        assert!(command.contains("127.0.0.1:8080"), "{command}");
        let command = command.replace("127.0.0.1:8080", &address);
        let ran = Command::new("sh").args(["-c", &command]).output().expect("sh runs");
        let answer = String::from_utf8(ran.stdout).expect("UTF-8");
        assert!(matches(output.trim_end(), answer.trim_end()), "$ {command}\nshown: {output}\nfound: {answer}");
    }
}

#[test]
fn the_flags_of_serve_are_all_listed() {
    let help = run(["serve", "--help"]).exits(0).out;
    let words = help.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
    let variables: Vec<&str> = words.filter(|word| word.starts_with("NOVAHOUSE_")).collect();
    assert!(variables.len() >= 8, "{help}");
    for variable in variables {
        assert!(README.contains(&format!("`{variable}`")), "{variable} is not in the README");
    }
    let flags = README.split('`').filter(|code| code.starts_with("--")).map(|code| code.split(' ').next().unwrap());
    let helps: String = [
        "serve",
        "export",
        "import",
        "demo",
        "check",
        "backup",
        "restore",
        "merge",
        "user add",
        "key add",
        "channel add",
        "alert add",
        "silence add",
        "bot set",
        "retain",
        "erase",
        "report",
        "report add",
        "experiment add",
        "experiment stop",
    ]
    .map(|name| run(name.split(' ').chain(["--help"])).out)
    .concat();
    for flag in flags {
        assert!(helps.contains(flag), "{flag} is in the README alone");
    }
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    assert!(matches("a…c", "abbc") && matches("a…", "a") && matches("…b…", "abc") && matches("a", "a"));
    assert!(!matches("a…c", "ab") && !matches("a", "ab") && !matches("a…b…c", "acb"));
}
