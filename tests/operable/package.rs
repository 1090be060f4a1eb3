//! The unit and the package name what is there: flags, variables, files.

use std::path::Path;
use std::process::Command;

use crate::support::process::{Dir, run};

const UNIT: &str = include_str!("../../packaging/novahouse.service");
const DEFAULTS: &str = include_str!("../../packaging/debian/default");
const README: &str = include_str!("../../README.md");

/// The values of a setting of the unit.
fn settings(name: &str) -> Vec<&'static str> {
    let of_name = |line: &'static str| line.strip_prefix(name)?.strip_prefix('=');
    UNIT.lines().filter_map(of_name).collect()
}

/// Runs a tool of the system, unless it is missing, which is told.
fn tool(name: &str, args: &[&str]) -> Option<String> {
    match Command::new(name).args(args).output() {
        Ok(ran) => {
            let said = [ran.stdout, ran.stderr].concat();
            Some(String::from_utf8_lossy(&said).into_owned())
        }
        Err(error) => {
            eprintln!("SKIPPED: {name} {}: {error}", args.join(" "));
            None
        }
    }
}

#[test]
fn the_unit_and_its_settings_are_known_to_the_program() {
    let [start] = settings("ExecStart")[..] else { panic!("one ExecStart") };
    let words: Vec<&str> = start.split(' ').collect();
    assert_eq!(words[..2], ["/usr/bin/novahouse", "serve"]);
    let help = run(["serve", "--help"]).exits(0).out;
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(flag), "{flag}");
    }
    let of_defaults = DEFAULTS.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
    let variables =
        settings("Environment").into_iter().filter_map(|setting| setting.split_once('=')).chain(of_defaults);
    let variables: Vec<&str> = variables.map(|(name, _)| name).filter(|name| name.starts_with("NOVAHOUSE_")).collect();
    assert!(variables.len() > 8, "{variables:?}");
    for variable in variables {
        assert!(README.contains(&format!("`{variable}`")), "{variable} is not in the README");
        let known = help.contains(variable) || variable == "NOVAHOUSE_UPSTREAM_KEY";
        assert!(known, "{variable} is none of serve's");
    }
}

#[test]
fn the_unit_gives_the_program_the_time_and_the_files_it_needs() {
    let number = |name| settings(name)[0].parse::<u64>().expect("a number");
    assert!(number("TimeoutStopSec") > 2 * 20, "20 s for requests in flight, and as long to write back");
    let files = novahouse::limits::CONNECTIONS_MAX as u64 + novahouse::limits::FILES_BESIDE_CONNECTIONS;
    assert!(number("LimitNOFILE") >= files);
    assert_eq!(settings("StateDirectory"), ["novahouse"]);
    assert_eq!(settings("CapabilityBoundingSet"), [""]);
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit_and_little_exposed() {
    // Where the program is not installed, the unit is looked at with this one in its place.
    let dir = Dir::new();
    let unit = UNIT.replace("/usr/bin/novahouse", env!("CARGO_BIN_EXE_novahouse"));
    let unit: String =
        unit.lines().filter(|line| !line.starts_with("Documentation=")).map(|line| format!("{line}\n")).collect();
    let path = dir.write("novahouse.service", &unit);
    let path = path.to_str().expect("UTF-8");
    let Some(said) = tool("systemd-analyze", &["verify", path]) else { return };
    assert!(!said.contains("novahouse.service"), "{said}");
    let Some(said) = tool("systemd-analyze", &["security", "--offline=true", "--no-pager", path]) else { return };
    let level = said.split("exposure level for novahouse.service: ").nth(1).and_then(|rest| rest.split(' ').next());
    let Some(level) = level.and_then(|level| level.parse::<f32>().ok()) else {
        eprintln!("SKIPPED: this systemd-analyze knows no --offline: {said}");
        return;
    };
    println!("exposure {level}");
    assert!(level <= 1.5, "{level}");
}

#[test]
fn what_the_package_is_made_of_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let package = &manifest["package"]["metadata"]["deb"];
    let assets = package["assets"].as_array().unwrap();
    let built = Dir::new();
    run(["manual".as_ref(), built.temporary.path().as_os_str()]).exits(0);
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        let is_made = source.starts_with("target/release/");
        assert!(is_made || root.join(source).exists(), "{source}");
    }
    let to = |asset: &toml::Value| asset[1].as_str().unwrap().to_owned();
    for conffile in package["conf-files"].as_array().unwrap() {
        let place = conffile.as_str().unwrap().trim_start_matches('/');
        assert!(assets.iter().any(|asset| to(asset) == place), "{place}");
    }
    for script in ["postinst", "prerm", "postrm"] {
        let path = root.join(package["maintainer-scripts"].as_str().unwrap()).join(script);
        let checked = Command::new("sh").arg("-n").arg(&path).status().unwrap();
        assert!(checked.success(), "{script}");
    }
    let pages: Vec<_> =
        std::fs::read_dir(built.temporary.path()).unwrap().map(|page| page.unwrap().file_name()).collect();
    for page in ["novahouse.1", "novahouse-serve.1", "novahouse-doctor.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} of {pages:?}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(["completions", shell]).exits(0).out.contains("doctor"), "{shell}");
    }
}
