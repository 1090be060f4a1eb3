//! Fetches what the pages are made of (`npm ci`, by the lock file) and packs everything they are served from into
//! OUT_DIR, compressed. Node does the packing: it is there with npm, and its zlib has brotli.

use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    for input in ["build.rs", "build/pack.mjs", "build/faces.mjs", "package.json", "package-lock.json"] {
        println!("cargo:rerun-if-changed={input}");
    }
    // A debug build reads assets from disk as they are: an edit is no reason to build again.
    if env("PROFILE") == "release" {
        println!("cargo:rerun-if-changed=assets");
    }
    if !is_installed() {
        // The checkers are for tests/run.
        run(Command::new("npm").args(["ci", "--omit=dev", "--no-audit", "--no-fund"]));
        fs::copy("package-lock.json", INSTALLED).expect("node_modules can be written");
    }
    let faces = Path::new(&env("OUT_DIR")).join("faces");
    run(Command::new("node").arg("build/faces.mjs").arg(&faces));
    let packed = Path::new(&env("OUT_DIR")).join("packed");
    let version = run(Command::new("node").arg("build/pack.mjs").arg(&packed));
    println!("cargo:rustc-env=NOVAHOUSE_ASSETS_VERSION={}", version.trim());
}

/// The lock file that node_modules was installed by.
const INSTALLED: &str = "node_modules/.installed-lock.json";

fn is_installed() -> bool {
    let lock = fs::read("package-lock.json").expect("package-lock.json is there");
    fs::read(INSTALLED).is_ok_and(|installed| installed == lock)
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Runs a command and returns what it printed; ends the build with a sentence where that cannot be done.
fn run(command: &mut Command) -> String {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => stop(&format!("{command:?} cannot be run ({error}): install Node.js 18.20 or newer, with npm")),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        stop(&format!("{command:?} failed, so the pages cannot be built:\n{said}"));
    }
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

fn stop(sentence: &str) -> ! {
    eprintln!("{sentence}");
    std::process::exit(1);
}
